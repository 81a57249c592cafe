"""One run: simulate a scenario, keep everything in a folder that anyone can open, read it again."""

from skyrack.run.channels import CHANNELS, Channel
from skyrack.run.folder import RunFolder
from skyrack.run.simulate import Run, resume, simulate

__all__ = ["CHANNELS", "Channel", "Run", "RunFolder", "resume", "simulate"]
