"""What every unit costs, and why."""
