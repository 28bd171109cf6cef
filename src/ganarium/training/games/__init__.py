"""Games: the networks of both players, the batches that discriminators compare, and each player's loss."""
