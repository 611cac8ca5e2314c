"""What the staff do with a case, one step after another."""
