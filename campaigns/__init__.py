"""Messages to many people: planned, frozen, sent once to each, and reported."""
