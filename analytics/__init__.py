"""Numbers over many people: what they say about segments and campaigns."""
