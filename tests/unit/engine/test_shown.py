from datetime import timedelta

import pytest

from durable import SagaContext, saga
from durable.events import EventSent, PatchMarked, StatusSet, TagsSet
from orchestrator.engine import Identity, Instance
from orchestrator.engine.logbook import LINES_MAX, LogLine
from tests.support.drive import NOON, reread
from tests.support.plays import Play, completed, raised
from tests.support.tables import ADD, kinds, numbered, setup_of

HOUR = timedelta(hours=1)


@saga("child")
async def child(ctx: SagaContext) -> None:
    return None


def test_a_custom_status_is_shown_and_the_last_one_stands() -> None:
    @saga("showing")
    async def showing(ctx: SagaContext) -> None:
        ctx.set_status({"page": 1})
        ctx.set_status({"page": 2})
        await ctx.call(ADD, 1)

    play = Play(showing)

    assert play.first.events[1:3] == numbered(StatusSet(value={"page": 1}), StatusSet(value={"page": 2}), first=2)
    assert (play.instance.custom_status, play.first.head_changed) == ({"page": 2}, True)
    assert [way for way, _ in play.first.outbox] == ["lifecycle", "command"]


def test_tags_are_set_changed_and_removed_and_read_back() -> None:
    seen: list[object] = []

    @saga("tagging")
    async def tagging(ctx: SagaContext) -> None:
        ctx.set_tags({"customer": "c1", "count": 2, "urgent": True, "due": ctx.now + HOUR, "old": None})
        ctx.set_tags({"count": None, "customer": "c2"})
        seen.append(dict(ctx.tags))
        await ctx.call(ADD, 1)

    play = Play(tagging, tags={"old": 1, "kept": 1.5})

    due = {"datetime": "2025-06-01T13:00:00+00:00"}
    assert play.of(TagsSet)[0].tags == {"customer": "c1", "count": 2, "urgent": True, "due": due, "old": None}
    assert play.instance.tags == {"kept": 1.5, "customer": "c2", "urgent": True, "due": due}
    assert seen[0] == {"kept": 1.5, "customer": "c2", "urgent": True, "due": NOON + HOUR}


def test_an_event_is_sent_to_another_instance() -> None:
    @saga("sending")
    async def sending(ctx: SagaContext) -> None:
        ctx.send_event("b", "paid", {"sum": 3})
        await ctx.call(ADD, 1)

    play = Play(sending)

    assert play.first.events[1:2] == numbered(EventSent(target="b", name="paid", payload={"sum": 3}), first=2)
    assert play.first.outbox == (("lifecycle", 0), ("event", 1), ("command", 2))


def test_what_is_logged_comes_with_the_turn_and_never_on_replay() -> None:
    @saga("logging")
    async def logging(ctx: SagaContext) -> None:
        ctx.log.debug("a %s", 1)
        ctx.log.info("b")
        await ctx.call(ADD, 1)
        ctx.log.warning("c")
        ctx.log.error("d")

    play = Play(logging)
    assert play.first.logs == (LogLine("debug", "a %s", (1,)), LogLine("info", "b"))

    again = play.replayed()
    for instance in (play.instance, again):
        turn = instance.turn([completed(1)], NOON)
        assert turn.logs == (LogLine("warning", "c"), LogLine("error", "d"))


def test_a_turn_keeps_so_many_lines_and_no_more() -> None:
    @saga("chatty")
    async def chatty(ctx: SagaContext) -> None:
        for number in range(LINES_MAX + 5):
            ctx.log.info("%d", number)

    assert len(Play(chatty).first.logs) == LINES_MAX


def test_a_patch_is_taken_by_new_executions_and_by_old_ones_where_they_had_not_come_to_it() -> None:
    @saga("patched")
    async def before(ctx: SagaContext) -> list[object]:
        return [await ctx.call(ADD, 1), await ctx.call(ADD, 2)]

    @saga("patched")
    async def after(ctx: SagaContext) -> list[object]:
        first = ctx.patched("one")
        got = await ctx.call(ADD, 1)
        second = ctx.patched("two")
        return [first, got, second, ctx.patched("one"), await ctx.call(ADD, 2)]

    old, new = Play(before), Play(after)
    assert new.first.events[1:2] == numbered(PatchMarked(id="one"), first=2)
    old.deploy(after)
    for play in (old, new):
        assert play.kinds(completed(1, 5)) == ["ActivityCompleted", "PatchMarked", "ActivityScheduled"]
        play.turn(completed(2, 6))

    assert old.instance.output == [False, 5, True, False, 6]
    assert new.instance.output == [True, 5, True, True, 6]


def test_a_saga_counts_what_waits_for_it_and_how_long_its_history_is() -> None:
    @saga("counting")
    async def counting(ctx: SagaContext) -> list[object]:
        none = ctx.pending_events("e")
        await ctx.call(ADD, 1)
        return [none, ctx.pending_events("e"), ctx.history_length]

    play = Play(counting)
    play.turn(raised("e", 1), raised("e", 2), raised("f", 1), completed(1))

    assert play.instance.output == [0, 2, 6]


def test_a_saga_knows_its_line() -> None:
    @saga("knowing")
    async def knowing(ctx: SagaContext) -> list[object]:
        return [ctx.parent_id, ctx.root_id]

    assert Play(knowing).instance.output == [None, "a"]
    play = Play(knowing, parent_id="p", root_id="r")
    assert play.instance.output == ["p", "r"]
    assert (play.instance.parent_id, play.instance.root_id) == ("p", "r")


def test_an_instance_that_has_not_started_tells_nothing() -> None:
    instance = Instance.new(Identity("a", "run", 1), setup_of(child))

    assert (instance.parent_id, instance.root_id, instance.parent, instance.started) == (None, None, None, None)
    assert (instance.saga, instance.version, instance.input, instance.end, instance.waiting) == ("", "", None, None, [])


@pytest.mark.parametrize("kind", ["debug", "info", "warning", "error"])
def test_dropped_code_logs_nothing(kind: str) -> None:
    @saga("dropped")
    async def dropped(ctx: SagaContext) -> None:
        try:
            await ctx.call(ADD, 1)
        finally:
            getattr(ctx.log, kind)("never")

    play = Play(dropped)
    play.instance.close()
    assert play.instance.turn([], NOON).logs == ()
    assert kinds(reread(play.history)) == ["SagaStarted", "ActivityScheduled"]
