"""Where a case can be: the homes one lives in, and the common places there."""
