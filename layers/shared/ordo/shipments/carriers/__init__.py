"""What each carrier sends and wants to hear: one adapter a file, pure; `port.py` says what an adapter is."""
