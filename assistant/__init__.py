"""Saying what the sources say: answers whose every sentence is a quotation."""
