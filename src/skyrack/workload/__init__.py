"""What the fleet computes: language models served to people and trained, on satellites that throttle and fail."""
