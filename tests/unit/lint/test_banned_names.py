import pytest

from tests.support.linted import codes, findings


@pytest.mark.parametrize(
    ("imports", "line", "code", "instead"),
    [
        ("from datetime import datetime", "x = datetime.now()", "DUR001", "ctx.now"),
        ("import datetime as dt", "x = dt.datetime.utcnow()", "DUR001", "ctx.now"),
        ("import datetime", "x = datetime.datetime.today().date()", "DUR001", "ctx.now"),
        ("from datetime import date", "x = date.today()", "DUR001", "ctx.now.date()"),
        ("from time import time", "x = time()", "DUR001", "ctx.now.timestamp()"),
        ("import time", "x = time.monotonic()", "DUR001", "ctx.now"),
        ("import time", "x = time.perf_counter()", "DUR001", "ctx.now"),
        ("import time", "time.sleep(1)", "DUR001", "ctx.sleep"),
        ("import time", "x = list(map(time.gmtime, []))", "DUR001", "ctx.now"),
        ("import random", "x = random.random()", "DUR002", "ctx.random"),
        ("from random import choice", "x = choice([1, 2])", "DUR002", "ctx.random"),
        ("import random", "x = random.Random()", "DUR002", "ctx.random"),
        ("import numpy as np", "x = np.random.rand(3)", "DUR002", "ctx.random"),
        ("import numpy as np", "x = np.random.default_rng()", "DUR002", "ctx.random"),
        ("import secrets", "x = secrets.token_hex()", "DUR002", "activity"),
        ("import uuid", "x = uuid.uuid4()", "DUR002", "ctx.uuid()"),
        ("from uuid import uuid1", "x = uuid1()", "DUR002", "ctx.uuid()"),
        ("from uuid import uuid4", "x = Model(default_factory=uuid4)", "DUR002", "ctx.uuid()"),
        ("import os", "x = os.urandom(8)", "DUR002", "activity"),
        ("", "x = open('f')", "DUR003", "activity"),
        ("", "x = input()", "DUR003", "activity"),
        ("import os", "os.remove('f')", "DUR003", "activity"),
        ("import os", "x = os.path.exists('f')", "DUR003", "activity"),
        ("from os import path", "x = path.getsize('f')", "DUR003", "activity"),
        ("import requests", "x = requests.get('u')", "DUR003", "activity"),
        ("import httpx", "async with httpx.AsyncClient() as c: pass", "DUR003", "activity"),
        ("import aiohttp", "async with aiohttp.ClientSession() as c: pass", "DUR003", "activity"),
        ("import urllib.request", "x = urllib.request.urlopen('u')", "DUR003", "activity"),
        ("import socket", "x = socket.socket()", "DUR003", "activity"),
        ("import subprocess", "subprocess.run(['ls'])", "DUR003", "activity"),
        ("import sqlite3", "x = sqlite3.connect('f')", "DUR003", "activity"),
        ("from azure.storage.blob import BlobClient", "x = BlobClient('u')", "DUR003", "activity"),
        ("import sys", "for line in sys.stdin: pass", "DUR003", "activity"),
        ("import asyncio", "await asyncio.sleep(1)", "DUR004", "ctx.sleep"),
        ("import asyncio", "await asyncio.gather(a, b)", "DUR004", "ctx.gather"),
        ("import asyncio", "x = asyncio.create_task(a)", "DUR004", "ctx.spawn"),
        ("import asyncio", "await asyncio.wait([a])", "DUR004", "ctx.first"),
        ("import asyncio", "await asyncio.to_thread(f)", "DUR004", "activity"),
        ("import asyncio", "async with asyncio.timeout(1): await ctx.call(A, 1)", "DUR004", "ctx.timeout"),
        ("import asyncio", "async with asyncio.TaskGroup() as group: pass", "DUR004", "ctx.spawn"),
        ("import asyncio", "x = asyncio.Lock()", "DUR004", "ctx.lock()"),
        ("import asyncio", "x = asyncio.Event()", "DUR004", "ctx.until"),
        ("import threading", "x = threading.Thread(target=f)", "DUR004", "activity"),
        ("import multiprocessing", "x = multiprocessing.Pool()", "DUR004", "activity"),
        ("from concurrent.futures import ThreadPoolExecutor", "x = ThreadPoolExecutor()", "DUR004", "activity"),
        ("import os", "x = os.environ['X']", "DUR005", "input of the saga"),
        ("import os", "x = os.environ.get('X')", "DUR005", "input of the saga"),
        ("from os import environ, getenv", "x = getenv('X')", "DUR005", "input of the saga"),
        ("import socket", "x = socket.gethostname()", "DUR005", "input of the saga"),
        ("import sys", "x = sys.argv[1]", "DUR005", "input of the saga"),
        ("", "x = hash('a')", "DUR007", "hashlib"),
        ("", "x = id(request)", "DUR007", "ctx.uuid()"),
        ("", "x = sorted([], key=id)", "DUR007", "ctx.uuid()"),
        ("", "print('here')", "DUR012", "ctx.log"),
        ("import logging", "logging.info('here')", "DUR012", "ctx.log"),
        ("import logging\nlogger = logging.getLogger(__name__)", "logger.info('here')", "DUR012", "ctx.log"),
        ("import sys", "sys.stderr.write('here')", "DUR012", "ctx.log"),
    ],
)
def test_what_a_replay_would_do_differently_is_found(imports: str, line: str, code: str, instead: str) -> None:
    found = findings(line, before=imports)

    assert [one.code.id for one in found] == [code]
    assert instead in found[0].instead


@pytest.mark.parametrize(
    ("imports", "line"),
    [
        ("from datetime import datetime", "x = datetime.fromisoformat('2020-01-01')"),
        ("from datetime import datetime, timezone", "x = datetime(2020, 1, 1, tzinfo=timezone.utc)"),
        ("import random", "x = random.Random(request.seed).random()"),
        ("import numpy as np", "x = np.random.default_rng(request.seed)"),
        ("import uuid", "x = uuid.uuid5(uuid.NAMESPACE_URL, 'u')"),
        ("import os", "x = os.path.join('a', os.sep)"),
        ("from pathlib import PurePath", "x = PurePath('a').name"),
        ("from pathlib import Path", "x = Path('a').with_suffix('.b').name"),
        ("from urllib.parse import urlparse", "x = urlparse('u')"),
        ("import asyncio", "x = isinstance(1, asyncio.TimeoutError)"),
        ("import socket", "x = socket.AF_INET"),
        ("import requests", "x = request.status == requests.codes.ok"),
        ("import random", "x = ctx.random.random()"),
        ("", "x = ctx.now"),
        ("", "x = ctx.uuid()"),
        ("", "x = ctx.log.info('here')"),
        ("", "x = request.open('f')"),
        ("", "x = request.id"),
        ("", "x = await ctx.call(A, input=1)"),
    ],
)
def test_what_is_the_same_on_replay_is_not(imports: str, line: str) -> None:
    assert codes(line, before=imports) == []


def test_a_parameter_or_variable_is_not_the_module_or_builtin_of_its_name() -> None:
    before = """
    import time, random
    async def part(ctx: SagaContext, input, time):
        random = input(1)
        id = hash = 3
        return time.time(), random.random(), open(id)
    def open(x): return x
    """

    assert codes("for time in []: time.sleep()", before=before) == []


def test_an_import_within_a_function_counts() -> None:
    assert codes("import time\ntime.time()") == ["DUR001"]


def test_a_name_of_the_class_around_a_method_does_not_hide_the_module() -> None:
    before = """
    import time
    class Steps:
        time = None
        async def run(self, ctx: SagaContext): time.time()
    """

    assert codes("pass", before=before) == ["DUR001"]


@pytest.mark.parametrize(
    "line",
    [
        "request.path.read_text()",
        "Path('a').exists()",
        "folder = Path('a') / 'b'\nfolder.mkdir()",
        "folder: Path = request.path\nfolder.unlink()",
        "Path('a').parent.joinpath('b').stat()",
    ],
)
def test_methods_of_paths_that_touch_the_disk_are_found(line: str) -> None:
    assert codes(line, before="from pathlib import Path") == ["DUR003"]


@pytest.mark.parametrize("line", ["x = request.name.replace('a', 'b')", "folder = 3\nx = folder.exists()"])
def test_methods_of_the_same_name_of_what_may_be_no_path_are_not(line: str) -> None:
    assert codes(line, before="from pathlib import Path") == []


def test_a_print_is_a_hint_and_says_so() -> None:
    found = findings("print(1)")[0]

    assert found.code.is_hint
    assert "DUR012 (hint) print(1): " in str(found)
