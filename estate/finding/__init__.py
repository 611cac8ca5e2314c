"""Finding one of a few dozen things by everyday words, in the reader's language."""
