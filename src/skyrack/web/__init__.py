"""The service: scenarios, runs, studies and the live twin over HTTP, and the console. It calls verbs and renders."""
