"""Workloads of the fleet: training and serving of language models on satellites that are throttled and fail."""
