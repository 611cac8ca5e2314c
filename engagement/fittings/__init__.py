"""Right part, first visit: what is fitted in homes and common parts, and where to shut off."""
