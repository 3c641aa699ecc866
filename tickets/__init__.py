"""Conversations that a person takes care of: where they wait, who has them, how they end."""
