"""Runs and studies as requests of a service: the queue, its workers, the index and the database."""
