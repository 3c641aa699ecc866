"""Tags: what is said about people, by whom, and until when."""
