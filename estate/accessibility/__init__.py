"""The accessibility statement: what the last audit found, what is excepted, and when it is due."""
