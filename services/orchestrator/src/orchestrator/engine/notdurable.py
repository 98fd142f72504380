"""What a saga awaited that leaves no trace in its history, told so that its author can mend it."""

from __future__ import annotations

from durable.errors import NotDurable
from durable.failure import qualified_name
from orchestrator.engine.handles import Pending

_NO_LOOP = "no running event loop"
_INSTEAD = (
    "await a handle of `ctx` instead: `ctx.sleep` to wait, `ctx.call` for anything that reads or changes the outside, "
    "`ctx.wait_for_event` for what others tell"
)


def refusal(yielded: object) -> NotDurable:
    """Say that a saga awaited something foreign."""
    return NotDurable(f"expected an await of something durable; found {_told(yielded)}: {_INSTEAD}")


def explained(error: BaseException) -> BaseException:
    """Give the error itself; `NotDurable` for one that says that an event loop was expected."""
    if isinstance(error, RuntimeError) and _NO_LOOP in str(error):
        told = NotDurable(f"expected awaits of something durable; found one that needs an event loop: {_INSTEAD}")
        told.__cause__ = error
        return told.with_traceback(error.__traceback__)
    return error


def _told(yielded: object) -> str:
    if yielded is None:
        return "a bare yield to an event loop (such as asyncio.sleep(0))"
    if isinstance(yielded, Pending):
        return "a handle of another instance"
    return f"{qualified_name(type(yielded))} ({yielded!r:.200})"
