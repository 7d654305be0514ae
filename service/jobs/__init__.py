"""Background work: what runs when, leases, the loop."""
