"""Public answers under a post."""
