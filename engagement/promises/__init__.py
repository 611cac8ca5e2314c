"""What a section promises: how soon a fault is answered and mended, in the office's hours."""
