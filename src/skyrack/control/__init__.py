"""The twin under a clock: a fleet that flies while somebody watches, and to which events happen."""
