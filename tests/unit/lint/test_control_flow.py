import pytest

from tests.support.linted import codes, findings


@pytest.mark.parametrize(
    "body",
    [
        "try: await ctx.call(A, 1)\nexcept: pass",
        "try: await ctx.call(A, 1)\nexcept BaseException: x = 1",
        "try: await ctx.call(A, 1)\nexcept (ValueError, BaseException) as error: x = error",
        "try: await ctx.call(A, 1)\nexcept GeneratorExit: pass",
        "with suppress(BaseException): await ctx.call(A, 1)",
        "try: await ctx.call(A, 1)\nfinally: return",
        "try: await ctx.call(A, 1)\nexcept BaseException:\n    def f(): raise ValueError",
    ],
)
def test_catching_what_ends_the_coroutine_is_found(body: str) -> None:
    assert codes(body, before="from contextlib import suppress") == ["DUR009"]


@pytest.mark.parametrize(
    "body",
    [
        "try: await ctx.call(A, 1)\nexcept Exception: pass",
        "try: await ctx.call(A, 1)\nexcept BaseException:\n    x = 1\n    raise",
        "try: await ctx.call(A, 1)\nexcept BaseException as e:\n    if x: raise ValueError from e",
        "try: await ctx.call(A, 1)\nfinally: x = 1",
        "with suppress(ValueError): await ctx.call(A, 1)",
    ],
)
def test_catching_less_or_raising_again_is_fine(body: str) -> None:
    assert codes(body, before="from contextlib import suppress") == []


def test_catching_the_cancel_of_asyncio_says_whose_to_catch() -> None:
    found = findings("try: x = 1\nexcept asyncio.CancelledError: raise", before="import asyncio")[0]

    assert (found.code.id, found.instead) == ("DUR004", "write `durable.Cancelled`")


@pytest.mark.parametrize(
    "body",
    [
        "global count\ncount = 1",
        "CACHE['a'] = 1",
        "del CACHE['a']",
        "CACHE['a']['b'] += 1",
        "CACHE.update(a=1)",
        "SEEN.append(1)",
        "NAMES.add(1)",
        "COUNTS.clear()",
        "settings.debug = True",
        "Config.limit = 1",
    ],
)
def test_writing_to_variables_of_the_module_is_found(body: str) -> None:
    before = """
    import settings
    from collections import Counter
    CACHE, SEEN = {}, []
    CACHE = {}
    SEEN: list[int] = []
    NAMES = set()
    COUNTS = Counter()
    class Config: ...
    """

    assert codes(body, before=before) == ["DUR010"]


@pytest.mark.parametrize(
    "body",
    [
        "x = CACHE.get('a')",
        "x = CACHE['a']",
        "CACHE = {}\nCACHE['a'] = 1",
        "mine = []\nmine.append(1)",
        "request.debug = True",
        "request.find('a')['b'] = 1",
        "request.find('a').clear()",
        "MODEL.update(1)",
        "def count():\n    nonlocal mine\n    mine = 2\nmine = 1",
    ],
)
def test_reading_them_or_writing_to_variables_of_the_saga_is_fine(body: str) -> None:
    assert codes(body, before="CACHE = {'a': 1}\nMODEL = make()") == []


@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        "while 1:\n    x = 1",
        "while True:\n    async def f(): await ctx.sleep(1)",
        "while ctx.now < request.deadline: x = 1",
    ],
)
def test_a_loop_in_which_nothing_can_change_is_found(body: str) -> None:
    assert codes(body) == ["DUR011"]


@pytest.mark.parametrize(
    "body",
    [
        "while True: await ctx.sleep(1)",
        "while True:\n    if request.done: break",
        "while True: return",
        "while True:\n    async with ctx.lock(): pass",
        "while await ctx.call(A, 1): pass",
        "while ctx.now < request.deadline: await ctx.sleep(1)",
        "while request.more: x = 1",
        "def numbers():\n    while True: yield 1",
    ],
)
def test_a_loop_that_awaits_or_ends_is_fine(body: str) -> None:
    assert codes(body) == []
