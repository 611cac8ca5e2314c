"""What waits to be sent, by whatever way: due, leased to its sender, tried again, given up."""
