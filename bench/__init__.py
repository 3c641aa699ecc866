"""Measure this machine against the budgets: `python -m bench --help`, and docs/bench.md for what it means."""
