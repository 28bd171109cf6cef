"""Error rates of the diagnosis, measured on sound runs and on runs with planted faults."""
