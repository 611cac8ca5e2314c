"""What belongs to a confidential complaint: its log, what was tried, the office's steps."""
