"""The phrase book: sentences sent as data, so that each reads them in their own language."""
