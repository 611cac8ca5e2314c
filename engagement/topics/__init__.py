"""What messages are about, in everyday words."""
