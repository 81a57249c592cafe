"""Reports: figures, the HTML page of a run, a comparison of two runs. This room reads run folders alone."""
