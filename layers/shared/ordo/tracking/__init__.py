"""What a customer sees of an order: signed links, the page behind them, and the words of both languages."""
