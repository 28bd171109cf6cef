"""Exceptions, atomic file writes, cache, progress, escaping and random streams; imports no other ganarium package."""
