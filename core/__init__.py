"""What every layer may rely on. A closed list: clock, db, errors, ids, leases."""
