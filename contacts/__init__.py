"""Who the customers are, and what was said."""
