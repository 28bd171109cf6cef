"""Data sets from files of the user: folders, archives, arrays, tables and IDX files."""
