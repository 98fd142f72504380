import pytest

from tests.support.linted import codes, findings

BRANCH = "async def branch(x): await ctx.sleep(x)"


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("ctx.call(A, 1)", "write `await`"),
        ("ctx.call_saga(other, 1)", "write `await`"),
        ("ctx.sleep(timedelta(days=1))", "write `await`"),
        ("ctx.wait_for_event('e', int)", "write `await`"),
        ("ctx.gather(a, b)", "write `await`"),
        ("ctx.first(a, b)", "write `await`"),
        ("ctx.map(A, [1])", "write `await`"),
        ("ctx.until(lambda: True)", "write `await`"),
        ("handle = ctx.call(A, 1)", "write `await`"),
        ("handle = ctx.sleep(1)\nhandle = 3", "write `await`"),
        ("ctx.timeout(timedelta(days=1))", "async with"),
        ("ctx.shield()", "async with"),
        ("ctx.compensation_group()", "async with"),
        ("branch(1)", "write `await`"),
        ("await ctx.gather(branch(1), a)", "ctx.spawn"),
        ("await ctx.gather(*(branch(x) for x in [1, 2]))", "ctx.spawn"),
        ("await ctx.first(*[branch(1), a])", "ctx.spawn"),
    ],
)
def test_what_nobody_can_await_any_more_is_found(line: str, instead: str) -> None:
    found = findings(line, before=BRANCH)

    assert [one.code.id for one in found] == ["DUR008"]
    assert instead in found[0].instead


@pytest.mark.parametrize(
    "line",
    [
        "await ctx.call(A, 1)",
        "handle = ctx.call(A, 1)\nawait handle",
        "handle = ctx.call(A, 1)\nawait ctx.until(lambda: handle.done)",
        "async def later(): await handle\nhandle = ctx.call(A, 1)\nctx.spawn(later())",
        "_ = ctx.call(A, 1)",
        "_meant = ctx.call(A, 1)",
        "request.handle = ctx.call(A, 1)",
        "done = await ctx.call(A, 1)",
        "handles = [ctx.call(A, x) for x in [1, 2]]",
        "return ctx.call(A, 1)",
        "ctx.spawn(branch(1))",
        "await branch(1)",
        "later = branch(1)",
        "await ctx.gather(*(ctx.spawn(branch(x)) for x in [1, 2]))",
        "ctx.compensate(A, 1)",
        "ctx.send_event('i', 'e', 1)",
        "ctx.start_saga(other, 1)",
        "ctx.set_status('here')",
        "ctx.pivot()",
        "request.call(A, 1)",
        "async with ctx.timeout(timedelta(days=1)): pass",
    ],
)
def test_what_is_awaited_kept_or_only_said_is_fine(line: str) -> None:
    assert codes(line, before=BRANCH) == []
