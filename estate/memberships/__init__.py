"""Who lives in a household: what a file may say of it, and what only they themselves."""
