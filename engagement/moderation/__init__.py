"""Reports of what should not stand on the board, and what was decided, always with a reason."""
