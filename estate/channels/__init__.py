"""By which channel a household is reached, and whether it may lawfully be reached digitally."""
