"""What stands past its time, and that the office hears of it."""
