"""How long tests wait."""

PROMPTLY_S = 10.0
"""What must not wait takes less, also on a machine that is busy with other tests; what waits takes longer."""
