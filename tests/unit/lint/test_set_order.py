import pytest

from tests.support.linted import codes, findings


@pytest.mark.parametrize(
    "body",
    [
        "for x in {1, 2}: pass",
        "for x in set(request.names): pass",
        "for x in frozenset(request.names): pass",
        "for x in {n for n in request.names}: pass",
        "names = set(request.names)\nfor x in names: pass",
        "names = {1}\nnames |= {2}\nfor x in names: pass",
        "names = {1}\nnames = names - {2}\nfor x in names: pass",
        "names: set[str] = request.names\nfor x in names: pass",
        "names: 'set[str]' = request.names\nfor x in names: pass",
        "for x in {1} | set(request.names): pass",
        "for x in set(request.names).union([1]): pass",
        "for x in request.old.keys() - request.new.keys(): pass",
        "for x in {1} if request.one else {2}: pass",
        "x = [n for n in {1, 2}]",
        "x = {n: 1 for n in {1, 2}}",
        "x = list({1, 2})",
        "x = tuple({1, 2})",
        "x = next(iter({1, 2}))",
        "x = dict.fromkeys({1, 2})",
        "for i, x in enumerate({1, 2}): pass",
        "x = ', '.join({'a', 'b'})",
        "x = {'a', 'b'}.pop()",
        "a, b = {1, 2}",
        "x = [*{1, 2}]",
        "x = request.take(*{1, 2})",
        "x = await ctx.map(A, {1, 2})",
        "x = await ctx.gather(*{a, b})",
        "x = await ctx.gather(*(ctx.call(A, n) for n in {1, 2}))",
        "x = {await ctx.call(A, n) for n in {1, 2}}",
        "x = sum([await ctx.call(A, n) for n in {1, 2}])",
        "for x in KINDS: pass",
    ],
)
def test_an_order_of_a_set_that_the_saga_sees_is_found(body: str) -> None:
    found = findings(body, before="KINDS = {'a', 'b'}")

    assert [one.code.id for one in found] == ["DUR006"]
    assert "sorted(...)" in found[0].instead


@pytest.mark.parametrize(
    "body",
    [
        "for x in sorted({1, 2}): pass",
        "for x in {'a': 1}: pass",
        "for x in dict(a=1).items(): pass",
        "for x in [1, 2]: pass",
        "for x in request.names: pass",
        "x = 1 in {1, 2}",
        "x = len({1, 2}), sum({1, 2}), max({1, 2})",
        "x = any(n > 1 for n in {1, 2})",
        "x = sorted(n + 1 for n in {1, 2})",
        "x = {n + 1 for n in {1, 2}}",
        "x = {*{1, 2}, 3}",
        "x = set({1, 2})",
        "x = {1, 2} == {2, 1}",
        "names = {1}\nnames = sorted(names)\nfor x in names: pass",
        "names: list[str] = request.names\nfor x in names: pass",
        "for x in request.total - request.used: pass",
        "x = ctx.pop()",
        "x = [1].pop()",
        "set = list\nfor x in set([1]): pass",
    ],
)
def test_what_has_an_order_or_does_not_show_it_is_fine(body: str) -> None:
    assert codes(body) == []


def test_a_parameter_that_is_said_to_be_a_set_is_one() -> None:
    before = """
    from collections.abc import Set
    async def part(ctx: SagaContext, a: set[str], b: Set[str] | None, c: list[str]):
        for x in a: pass
        for x in b: pass
        for x in c: pass
    """

    assert codes("pass", before=before) == ["DUR006", "DUR006"]
