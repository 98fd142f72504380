"""What `make run` does: a stack of its own, the sample files sent through it, and what became of each."""

from stack.demo.folders import fresh_folder
from stack.demo.run import run_samples
from stack.demo.samples import read_samples

__all__ = ["fresh_folder", "read_samples", "run_samples"]
