"""The names under what people wrote, and taking them away."""
