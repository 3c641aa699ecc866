"""Who works here: users, what their role allows, their sessions, and what they did."""
