"""What is on hand, what is reserved, and every movement between."""
