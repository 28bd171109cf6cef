"""The doctor: what a run's log says of its health, and the looks at what it makes that this needs."""
