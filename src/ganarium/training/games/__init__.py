"""Games: the networks that play, their duels and the loss of each player."""
