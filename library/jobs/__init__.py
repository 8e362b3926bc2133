"""Work to be done later: the outbox, leases, and the bell that says when to look."""
