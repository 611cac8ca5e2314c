"""The smaller files: building parts, roles, offices."""
