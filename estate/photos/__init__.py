"""Photos, reached through their owner; the files lie on disk by what they contain."""
