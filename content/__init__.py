"""What the bot says and shows, as published revisions."""
