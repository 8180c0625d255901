"""Counts what AWS would bill, from recorded calls."""
