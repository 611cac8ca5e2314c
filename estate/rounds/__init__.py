"""Letters on paper: printed stairwell by stairwell, and handed over door by door."""
