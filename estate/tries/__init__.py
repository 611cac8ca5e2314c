"""How often something may be tried: a code, an address, a network."""
