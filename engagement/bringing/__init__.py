"""What to bring to a fault: by its category and by what the card of the place knows."""
