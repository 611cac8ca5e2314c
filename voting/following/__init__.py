"""Which kinds of papers somebody wants to hear of, and telling them."""
