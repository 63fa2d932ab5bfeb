"""The web chat: a page where every sentence of an answer opens its source at the words that carry it."""
