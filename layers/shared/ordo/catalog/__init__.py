"""Products, options, price lists, nodes, channels, customers and API clients."""
