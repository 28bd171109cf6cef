"""Exceptions, atomic files, cache, progress, escaping, interrupts and random streams; imports nothing else of ganarium."""
