"""SMS on their way out of the house."""
