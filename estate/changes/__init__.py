"""What Opgang tells the administration's system: changes in order, keys, webhooks."""
