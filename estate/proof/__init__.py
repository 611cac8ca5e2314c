"""Each household's copy of a letter, and what proves that it arrived."""
