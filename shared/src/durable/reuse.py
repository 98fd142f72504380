"""What becomes of a start whose instance id is taken."""

from __future__ import annotations

from typing import Literal, get_args

IfExists = Literal["error", "return", "restart_if_ended", "restart_if_failed", "terminate_and_restart"]
POLICIES: tuple[str, ...] = get_args(IfExists)
