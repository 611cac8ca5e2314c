"""What can be wrong: the categories of faults, found by everyday words."""
