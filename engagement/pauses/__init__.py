"""The board pausing one person's posting in one section for a while."""
