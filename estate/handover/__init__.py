"""Everything of one organisation, in open formats, out and in again."""
