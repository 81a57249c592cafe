"""Skyrack: digital twin and control plane for orbital AI data centers."""
