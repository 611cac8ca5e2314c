"""Who is reached in a place: those who live, help or have a task there."""
