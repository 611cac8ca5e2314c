"""Cases: what residents write to the office, from a question to a burst pipe."""
