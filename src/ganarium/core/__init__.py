"""Floor 0: errors, catalogs, settings and randomness. Imports nothing else of ganarium."""
