"""Players, games, remedies, update rules and the loop that runs them."""
