"""How fast ours is beside plain loops of the same networks, and what it costs: one module for each question."""
