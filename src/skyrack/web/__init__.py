"""The service: scenarios, runs, studies and the live twin over HTTP, and the console. A door: it calls verbs and renders."""
