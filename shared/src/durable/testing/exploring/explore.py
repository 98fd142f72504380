"""`explore`: a saga under everything that can go wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from random import Random
from time import perf_counter
from typing import Any

from durable.payload import encode_payload
from durable.saga import Saga
from durable.testing.exploring.faults import ALL_FAULTS, Fault, chosen, read_schedule
from durable.testing.exploring.report import ExplorationFailed, Report
from durable.testing.exploring.search import Search
from durable.testing.exploring.subject import Subject, event
from durable.testing.exploring.trial import Invariant, Judge, Trial
from durable.testing.handlers import Handlers

WITHIN = timedelta(days=60)


def explore(
    saga: Saga[Any, Any],
    input: object = None,
    *,
    handlers: Handlers | Callable[[], Handlers],
    invariants: Sequence[Invariant] = (),
    faults: Iterable[Fault] = ALL_FAULTS,
    sagas: Sequence[Saga[Any, Any]] = (),
    events: Sequence[tuple[timedelta, str, object]] = (),
    pairs: int = 100,
    seeds: int = 50,
    seed: int = 0,
    repeat: str | None = None,
    within: timedelta = WITHIN,
) -> Report:
    """Run a saga under every crash point, under pairs of faults and under more by chance; nothing real is touched.

    The real partition host, router and worker hosts run over memory in virtual time. In each run must hold what
    `durable.testing.exploring.invariants` lists, and each of `invariants`: functions of an `Outcome` that raise, or
    give `False`, when something is wrong. Handlers run at least once, as in production; their idempotency keys tell
    repeats.

    `handlers` is as for `SagaEnvironment`, or makes such, so that what handlers remember begins anew in each run.
    `sagas` are those that the saga starts, `events` what is raised to it: (time after the start, name, payload).
    `pairs` and `seeds` bound how many pairs and chance schedules are tried; `seed` chooses others. `repeat` tries the
    one schedule that a failure told. `within` is the virtual time in which the saga must end if nothing goes wrong.

    Raises:
        ExplorationFailed: an invariant was broken; tells the smallest schedule that does.
        TypeError: the input is not what the saga takes.
        ValueError: no faults, or `repeat` is no schedule.
    """
    began = perf_counter()
    subject = Subject(
        saga=saga,
        sagas=(saga, *(other for other in sagas if other is not saga)),
        input=encode_payload(input, saga.input),
        handlers=handlers if callable(handlers) else lambda: handlers,
        told=[event(after, name, encode_payload(payload, object)) for after, name, payload in events],
    )
    search = Search(Judge(subject, invariants, within), chosen(faults), Random(seed))
    line = f"explore({saga.function.__name__}, …, seed={seed}, repeat=SCHEDULE)"
    base = _passed(search, search.run(()), line)
    search.judge.expect(base)
    if repeat is not None:
        _passed(search, search.run(read_schedule(repeat)), line)
        return Report(len(base.trace), 0, 0, 1, perf_counter() - began)
    parts = (search.singles(base), search.pairs(pairs), search.by_chance(base, seeds))
    singles, doubles, more = (len([_passed(search, trial, line).schedule for trial in part]) for part in parts)
    return Report(len(base.trace), singles, doubles, more, perf_counter() - began)


def _passed(search: Search, trial: Trial, line: str) -> Trial:
    if trial.violation is None:
        return trial
    tried = search.tried
    raise ExplorationFailed(search.shrink(trial), tried, line)
