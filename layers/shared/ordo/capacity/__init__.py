"""What nodes have to do, and how much they can: people, machines and rooms come later."""
