"""LINE messages as safe HTML: one renderer for the staff console and the simulator."""
