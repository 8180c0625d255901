"""Messages to customers: which event is told to whom, by which way, when and in which words; and what came of it."""
