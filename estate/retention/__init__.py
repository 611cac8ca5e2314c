"""How long each kind of thing is kept, with purpose and source; and erasing it when that is over."""
