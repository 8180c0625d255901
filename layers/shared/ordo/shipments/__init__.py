"""Fulfilments, shipments, parcels, and what carriers say of them."""
