"""What carries cases to their end: incidents, returns, complaints. One way to wait, to be woken, and to be replaced."""
