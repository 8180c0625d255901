"""Returns and exchanges: what comes back, what the customer gets for it, and who carries that to its end."""
