"""Finding what people wrote, in Danish as it is spoken: stems, compounds, æøå or their digraphs."""
