"""What people and tests look at: transactions, one of them as a tree, the map, metrics. A look changes nothing."""
