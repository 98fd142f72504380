"""Compare what happened with what should have happened: one line for each saga, expected or not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stack.demo.instances import Instance
from stack.demo.publishing import Published


@dataclass(frozen=True, slots=True)
class Line:
    """One saga of one sending: its instance, if there is one, and in words how that differs from what was expected.

    Attributes:
        content: what the first JSON file of its outputs should hold.
    """

    title: str
    saga: str
    instance: Instance | None
    difference: str = ""
    note: str = ""
    may_change: bool = False
    content: Mapping[str, object] | None = None


def compare(published: Sequence[Published], instances: Sequence[Instance]) -> tuple[Line, ...]:
    """Pair each expectation with its instance, and add those that nobody expected and that are no children."""
    refused = [_refused(each) for each in published if each.sending.refusal is not None]
    lines = [*refused, *(_line(each, saga, instances) for each in published for saga in each.sending.sagas)]
    known = {line.instance.id for line in lines if line.instance}
    strangers = (instance for instance in instances if instance.id not in known and instance.parent_id is None)
    return (*lines, *(_stranger(instance, published) for instance in strangers))


def is_settled(lines: Sequence[Line]) -> bool:
    """Tell whether no line can change any more."""
    return not any(line.may_change for line in lines)


def _refused(published: Published) -> Line:
    expected, answer = published.sending.refusal, published.refusal
    if answer and answer.status == expected:
        return Line(published.sending.title, "-", None, note=f"refused: {answer.reason}")
    found = answer.reason if answer else "it was taken"
    return Line(published.sending.title, "-", None, f"expected to be refused with {expected}; found: {found}")


def _line(published: Published, saga: str, instances: Sequence[Instance]) -> Line:
    title, expected = published.sending.title, published.sending.sagas[saga]
    if published.refusal:
        return Line(title, saga, None, f"it was refused: {published.refusal.reason}")
    mine = [one for one in instances if one.saga == saga and published.started(one.id)]
    if not mine:
        return Line(title, saga, None, "the saga did not start", may_change=True)
    difference = "" if mine[0].status == expected else f"expected {expected}"
    return Line(
        title, saga, mine[0], difference, may_change=mine[0].ended_at is None, content=published.sending.content
    )


def _stranger(instance: Instance, published: Sequence[Published]) -> Line:
    title = next((each.sending.title for each in published if each.started(instance.id)), "-")
    return Line(title, instance.saga, instance, "nobody expected it", may_change=instance.ended_at is None)
