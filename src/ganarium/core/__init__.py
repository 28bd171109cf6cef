"""Exceptions, atomic files, cache, progress, escaping and random streams; imports nothing else of ganarium."""
