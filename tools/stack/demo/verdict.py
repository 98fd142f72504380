"""Compare what happened with what should have happened: one line for each saga, expected or not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from stack.demo.expected import Expected
from stack.demo.instances import Instance
from stack.demo.publishing import Published


@dataclass(frozen=True, slots=True)
class Line:
    """One saga of one file: its instance, if there is one, and in words how that differs from what was expected."""

    file: str
    saga: str
    instance: Instance | None
    difference: str = ""
    may_change: bool = False


def compare(
    expected: Sequence[Expected], published: Iterable[Published], instances: Sequence[Instance]
) -> tuple[Line, ...]:
    """Pair each expectation with its instance, and add the instances that nobody expected."""
    taken = {each.file: each for each in published}
    lines = [_line(each, taken.get(each.file), instances) for each in expected]
    known = {line.instance.id for line in lines if line.instance}
    files = {each.object: each.file for each in taken.values() if each.object}
    strangers = (instance for instance in instances if instance.id not in known)
    return (*lines, *(_stranger(instance, files) for instance in strangers))


def is_settled(lines: Sequence[Line]) -> bool:
    """Tell whether no line can change any more."""
    return not any(line.may_change for line in lines)


def _line(expected: Expected, published: Published | None, instances: Sequence[Instance]) -> Line:
    if published is None:
        return Line(expected.file, expected.saga, None, "the file is not among the samples")
    if published.object is None:
        return Line(expected.file, expected.saga, None, f"the file was refused: {published.refusal}")
    mine = [one for one in instances if one.saga == expected.saga and published.object in one.objects]
    if not mine:
        return Line(expected.file, expected.saga, None, "the saga did not start", may_change=True)
    difference = "" if mine[0].status == expected.status else f"expected {expected.status}"
    return Line(expected.file, expected.saga, mine[0], difference, may_change=mine[0].ended_at is None)


def _stranger(instance: Instance, files: Mapping[str, str]) -> Line:
    sources = ", ".join(sorted(files[name] for name in instance.objects if name in files))
    return Line(sources or "-", instance.saga, instance, "nobody expected it", may_change=instance.ended_at is None)
