"""The twin under a clock: a fleet that is simulated in (scaled) real time, and into which events are injected."""
