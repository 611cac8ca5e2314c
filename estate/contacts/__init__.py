"""Who helps with what: the office, the duty phone, the board, others outside, and how to ask."""
