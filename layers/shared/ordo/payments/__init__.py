"""What was authorised, captured, refunded; each report once."""
