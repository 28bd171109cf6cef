"""Pictures that lie in files of a user's: folders, archives, arrays, IDX files."""
