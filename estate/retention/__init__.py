"""How long each kind of thing is kept, why, and erasing it when that is over."""
