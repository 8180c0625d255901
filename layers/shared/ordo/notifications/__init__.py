"""Events to the bus and to merchants' webhooks."""
