"""Questions as data, and one contact's way through them."""
