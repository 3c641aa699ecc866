"""What the bot does with one event: decide and return; somebody else sends."""
