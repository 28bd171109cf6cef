"""Error rates of the diagnosis on a population of sound runs and of runs with planted faults."""
