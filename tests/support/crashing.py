"""What a reader written in C++ may do to its process."""

import os
import signal


def crash(number: int) -> None:
    os.kill(os.getpid(), signal.Signals(number))


def succeed(value: str) -> str:
    return value
