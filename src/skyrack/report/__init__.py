"""What people look at: figures, the HTML page of a run, two runs side by side. Reads run folders alone."""
