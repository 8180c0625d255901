"""Complaints: said by whom it concerns, judged, routed, carried to their solution, and asked about afterwards."""
