"""Load data sets from the user's files: folders, archives, arrays, tables and IDX files."""
