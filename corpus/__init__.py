"""What the documents say: types, readers, segmentation and the record."""
