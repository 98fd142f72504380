"""The spans of a trace as a tree, from the root down, in the order of time.

1. A parent that has not come stands there as a place of its own, with its children below: the root of a run that still
   goes on comes last, and so does a command until it is answered.
2. If there is no root, the missing parent whose children began first is taken for it. Other missing parents stand below
   the root, and their children are orphans.
3. Nothing is lost: spans that are parents of each other stand at the top.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from emulators.telemetry.records import Kind, Span

_FRAME_CHILDREN = 3


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the tree: a span, or the place of one that has not come, which has no `span`."""

    span_id: str
    parent_id: str
    depth: int
    start: int
    end: int
    span: Span | None
    is_orphan: bool = False

    @property
    def is_missing(self) -> bool:
        """Has the span not come?"""
        return self.span is None


def tree_of(spans: Sequence[Span]) -> list[Row]:
    """The rows of a trace, each below its parent."""
    known = {span.span_id for span in spans}
    children: dict[str, list[Span]] = {}
    for span in sorted(spans, key=lambda each: (each.start, -each.duration)):
        children.setdefault(span.parent_id, []).append(span)
    roots = children.pop("", [])
    missing = sorted((id_ for id_ in children if id_ not in known), key=lambda id_: children[id_][0].start)
    rows = list(_rows(roots, missing, children))
    shown = {row.span_id for row in rows}
    return rows + [_row(span, 0, is_orphan=True) for span in spans if span.span_id not in shown]


def _rows(roots: Sequence[Span], missing: Sequence[str], children: dict[str, list[Span]]) -> Iterator[Row]:
    if roots:
        yield from _below(roots, 0, children)
    elif missing:
        root, *missing = missing
        yield _place(root, 0, children[root])
        yield from _below(children[root], 1, children)
    for place in missing:
        yield _place(place, 1, children[place])
        yield from _below(children[place], 2, children, are_orphans=True)


def _below(
    spans: Iterable[Span], depth: int, children: dict[str, list[Span]], *, are_orphans: bool = False
) -> Iterator[Row]:
    """Depth first, without recursion: a trace may be deeper than Python's stack."""
    waiting = [(span, depth) for span in reversed(list(spans))]
    while waiting:
        span, at = waiting.pop()
        yield _row(span, at, is_orphan=are_orphans and at == depth)
        waiting.extend((child, at + 1) for child in reversed(children.get(span.span_id, [])))


def _row(span: Span, depth: int, *, is_orphan: bool) -> Row:
    return Row(span.span_id, span.parent_id, depth, span.start, span.start + span.duration, span, is_orphan)


def _place(span_id: str, depth: int, children: Sequence[Span]) -> Row:
    end = max(child.start + child.duration for child in children)
    return Row(span_id, "", depth, children[0].start, end, None)


def gaps_of(spans: Sequence[Span], shortest: int) -> list[tuple[int, int]]:
    """The times in which nothing was under way that works, as start and end; those that are long enough.

    What only waits is a span that sends, which ends with the answer, and a frame: one that has several children and
    lasts for more than half of the whole.
    """
    found: list[tuple[int, int]] = []
    reached: int | None = None
    for span in sorted(_at_work(spans), key=lambda each: each.start):
        if reached is not None and span.start - reached >= shortest:
            found.append((reached, span.start))
        reached = max(reached or 0, span.start + span.duration)
    return found


def _at_work(spans: Sequence[Span]) -> Iterator[Span]:
    children = Counter(span.parent_id for span in spans)
    first = min((span.start for span in spans), default=0)
    whole = max((span.start + span.duration for span in spans), default=0) - first
    for span in spans:
        is_frame = children[span.span_id] >= _FRAME_CHILDREN and span.duration * 2 > whole
        if span.kind is not Kind.PRODUCER and not is_frame:
            yield span
