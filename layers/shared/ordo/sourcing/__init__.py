"""Which nodes fulfil an order, and why those."""
