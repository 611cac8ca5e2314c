"""One-time ways in: codes and links by e-mail, and what an office hands over at the counter."""
