"""Results of a run: its channels, its folder, its tables, and the report of its progress."""
