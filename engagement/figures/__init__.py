"""What cases and tasks add up to: of sections and sorts of work, never of persons."""
