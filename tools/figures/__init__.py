"""Figures: what a placement does, what a life costs, how fast the API answers. `make bench` and `make cost`."""
