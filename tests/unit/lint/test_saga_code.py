import pytest

from durable.lint import lint_source
from tests.support.linted import codes, codes_of


@pytest.mark.parametrize(
    ("imports", "decorator"),
    [
        ("from durable import saga", "@saga('s')"),
        ("from durable import saga as declare", "@declare('s', version='2')"),
        ("from durable.saga import saga", "@saga('s')"),
        ("import durable", "@durable.saga('s')"),
        ("import durable as d", "@d.saga('s')"),
        ("import durable.saga as sagas", "@sagas.saga('s')"),
    ],
)
def test_a_saga_is_known_by_whatever_name_the_decorator_was_imported(imports: str, decorator: str) -> None:
    assert codes_of(f"{imports}\nimport time\n{decorator}\nasync def s(c): time.time()\n") == ["DUR001"]


def test_a_saga_declared_without_decorator_syntax_is_saga_code() -> None:
    assert codes_of("from durable import saga\nasync def s(ctx): ctx.sleep(1)\nS = saga('s')(s)\n") == ["DUR008"]


def test_a_decorator_of_the_same_name_from_elsewhere_declares_no_saga() -> None:
    assert codes_of("from tales import saga\nimport time\n@saga('s')\nasync def s(ctx): time.time()\n") == []


def test_other_functions_may_do_as_they_like() -> None:
    assert codes("pass", before="import time\ndef handler(request): return time.time()") == []


@pytest.mark.parametrize(
    "annotation", ["SagaContext", "'SagaContext'", "SagaContext | None", "durable.SagaContext", "context.SagaContext"]
)
def test_a_function_that_takes_the_context_is_saga_code(annotation: str) -> None:
    source = f"""
    import durable, time
    from durable import SagaContext, context
    async def part(x, c: {annotation}):
        c.call(A, time.time())
    """

    assert codes_of(source) == ["DUR008", "DUR001"]


def test_an_annotation_that_is_no_expression_names_no_context() -> None:
    assert codes("pass", before="import time\ndef other(x: 'a context, maybe'): time.time()") == []


def test_a_method_that_takes_the_context_is_saga_code() -> None:
    before = """
    import time
    class Steps:
        async def run(self, ctx: SagaContext):
            time.time()
    """

    assert codes("pass", before=before) == ["DUR001"]


@pytest.mark.parametrize("call", ["await part(1, ctx)", "await part(1, c=ctx)", "ctx.spawn(part(1, ctx))"])
def test_a_function_that_is_called_with_the_context_knows_it_under_its_own_name(call: str) -> None:
    assert codes(call, before="async def part(x, c): c.call(A, 1)") == ["DUR008"]


def test_the_context_is_followed_from_function_to_function() -> None:
    before = """
    async def third(k): k.sleep(1)
    async def second(j): await third(j)
    async def first(i): await second(i)
    """

    assert codes("await first(ctx)", before=before) == ["DUR008"]


def test_functions_that_call_one_another_are_looked_at_once() -> None:
    before = """
    import time
    async def ping(c): await pong(c); time.time()
    async def pong(c): await ping(c); time.time()
    """

    assert codes("await ping(ctx)", before=before) == ["DUR001", "DUR001"]


@pytest.mark.parametrize("use", ["await ctx.map(branch, [1])", "ctx.spawn(branch(1))", "x = branch(1)"])
def test_a_function_that_saga_code_names_is_saga_code(use: str) -> None:
    assert codes(use, before="import time\nasync def branch(x): time.time()") == ["DUR001"]


def test_a_function_of_another_saga_code_function_is_looked_at_within_it() -> None:
    body = """
    async def branch(x):
        later = lambda: time.time()
        ctx.sleep(1)
    await ctx.map(branch, [1])
    """

    assert codes(body, before="import time") == ["DUR001", "DUR008"]


def test_defaults_and_decorators_run_before_the_saga_does() -> None:
    assert codes_of("import time\nfrom durable import saga\n@saga(str(time.time()))\nasync def s(ctx): ...\n") == []


def test_annotations_run_nothing() -> None:
    assert codes("x: asyncio.Event = await ctx.call(A, 1)", before="import asyncio") == []


def test_the_functions_looked_at_are_counted() -> None:
    source = "from durable import saga\n@saga('s')\nasync def s(ctx): f()\ndef f(): g = lambda: 1\ndef h(): ...\n"

    assert lint_source(source).functions == 2


def test_a_place_is_told_by_line_and_column_from_one() -> None:
    source = "import time\nfrom durable import saga\n@saga('s')\nasync def s(ctx):\n    x = time.time()\n"

    found = lint_source(source).findings[0]

    assert (found.line, found.column, found.found) == (5, 9, "time.time()")


def test_a_finding_reads_as_a_line_of_a_compiler_that_says_what_to_write() -> None:
    source = "import time\nfrom durable import saga\n@saga('s')\nasync def s(ctx):\n    x = time.time()\n"

    assert str(lint_source(source).findings[0]) == (
        "5:9: DUR001 time.time(): the wall clock tells another time on replay; write `ctx.now.timestamp()`"
    )


def test_what_was_found_is_told_in_one_line_that_is_not_too_long() -> None:
    found = lint_source(
        "from durable import saga\n@saga('s')\nasync def s(ctx):\n    ctx.call(A,\n" + "        1,\n" * 99 + "    )\n"
    ).findings[0]

    assert len(found.found) == 60
    assert found.found.startswith("ctx.call(A, 1, 1,")
