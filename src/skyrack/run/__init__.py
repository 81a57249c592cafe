"""One run: simulate a scenario, leave a run folder, and read it again."""
