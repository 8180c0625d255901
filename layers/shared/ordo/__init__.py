"""Ordo: an order's whole life, from price to proof. The domain decides; handlers carry it out."""

import gc

# A cold start makes some 100,000 objects that all stay. Looking for garbage after each 700 of them, as Python does by
# itself, would be a tenth of it; later a request makes far fewer than this.
gc.set_threshold(10_000, 20, 50)
