"""What belongs to a confidential complaint: its log of dates, what was tried, the office's steps."""
