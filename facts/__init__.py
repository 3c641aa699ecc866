"""What is known about people beyond what they told the bot: events, orders, activity."""
