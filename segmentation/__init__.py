"""What is said about people, by whom and until when; and rules over it that say who is meant."""
