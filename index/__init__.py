"""Finding the passages: encoder, vector and lexical indexes, library, retriever."""
