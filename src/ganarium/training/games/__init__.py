"""Games: who plays, who judges what, and what each player's loss is."""
