import pytest

from tests.support.linted import codes


@pytest.mark.parametrize(
    "statement",
    [
        "time = request",
        "time, x = request",
        "time: Clock = request",
        "x = (time := request)",
        "for time in request: pass",
        "with request as time: pass",
        "with request as (time, x): pass",
        "try: pass\nexcept ValueError as time: pass",
        "match request:\n    case time: pass",
        "match request:\n    case [x, *time]: pass",
        "match request:\n    case {'x': 1, **time}: pass",
        "match request:\n    case int() as time: pass",
        "def time(): pass",
        "class time: pass",
        "from clocks import time",
        "import clocks as time",
        "x = [time for time in request]",
    ],
)
def test_a_name_that_is_bound_nearer_is_not_the_module(statement: str) -> None:
    assert codes(f"{statement}\nx = time.time()", before="import time") == []


@pytest.mark.parametrize("parameters", ["time", "*time", "**time", "*, time", "time, /", "x, time=None"])
def test_a_parameter_is_not_the_module(parameters: str) -> None:
    before = f"""
    import time
    def part({parameters}): return time.time()
    x = lambda {parameters}: time.time()
    """

    assert codes("part(1)", before=before) == []


@pytest.mark.parametrize(
    "statement",
    ["time.zone = 1", "time[0] = 1", "time.zone += 1", "global time; time = 1", "x = time", "def f(time): pass"],
)
def test_what_binds_no_name_here_leaves_it_the_module(statement: str) -> None:
    before = f"""
    import time
    def part(request):
        {statement}
        time.time()
    """

    assert "DUR001" in codes("part(1)", before=before)


@pytest.mark.parametrize("use", ["(lambda x=time.time(): x)", "sorted([], key=lambda x: time.time())"])
def test_lambdas_run_within_the_saga_with_their_defaults(use: str) -> None:
    assert codes(f"x = {use}", before="import time") == ["DUR001"]
