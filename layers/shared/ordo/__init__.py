"""Ordo: an order's whole life, from price to proof. The domain decides; handlers carry it out."""
