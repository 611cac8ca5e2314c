"""How long it really takes: what is said where nothing is promised."""
