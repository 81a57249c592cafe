"""What a run leaves behind: its channels, its folder, its tables, and how it reports progress."""
