"""What LINE is: its webhook events, its messages, and the ways to talk to it."""
