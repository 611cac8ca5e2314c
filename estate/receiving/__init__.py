"""Letters as they came to somebody's household, to be read there."""
