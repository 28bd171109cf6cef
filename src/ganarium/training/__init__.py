"""Floor 3: players, games, remedies, update rules and the loop that runs them."""
