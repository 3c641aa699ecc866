"""The bot's content as text: read, checked, planned, applied, and tried out by transcripts."""
