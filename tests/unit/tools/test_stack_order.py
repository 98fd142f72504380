import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from stack import FolderInUse, Process, Stack, StartFailed, TcpReady, running_stack
from stack.stack import waves
from tests.support.tiny_stack import Tiny, is_alive, journal_of, script_services, tiny_services, wait_until

BOTTOM = Tiny("bottom", ("ready-after=0.2",))
TOP = Tiny("top", ("stop-after=0.2",), depends_on=("bottom",))


async def test_a_process_starts_once_what_it_depends_on_is_ready(tmp_path: Path) -> None:
    async with running_stack(tmp_path, services=tiny_services(TOP, BOTTOM)):
        assert journal_of(tmp_path) == ["bottom started", "bottom ready", "top started", "top ready"]


async def test_processes_that_need_nothing_of_one_another_start_together(tmp_path: Path) -> None:
    together = tiny_services(BOTTOM, Tiny("beside", ("ready-after=0.2",)))

    async with running_stack(tmp_path, services=together):
        assert set(journal_of(tmp_path)[:2]) == {"bottom started", "beside started"}


async def test_a_process_stops_once_what_depends_on_it_has_ended(tmp_path: Path) -> None:
    async with running_stack(tmp_path, services=tiny_services(BOTTOM, TOP)):
        pass

    assert journal_of(tmp_path)[-2:] == ["top stopped", "bottom stopped"]


async def test_a_process_that_ignores_the_request_to_stop_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stack.stack.STOP_GRACE", timedelta(seconds=0.2))

    async with running_stack(tmp_path, services=tiny_services(Tiny("deaf", ("stubborn",)))) as stack:
        pid = stack.pids["deaf"]

    assert not is_alive(pid)


async def test_a_killed_process_comes_back_at_the_same_address(tmp_path: Path) -> None:
    async with running_stack(tmp_path, services=tiny_services(Tiny("cat"))) as stack:
        first, url = stack.pids["cat"], stack.urls["cat"]
        stack.kill("cat")
        await stack.until_ready("cat")

        assert (stack.urls["cat"], stack.pids["cat"] != first) == (url, True)


async def test_a_process_that_keeps_ending_fails_the_start_with_the_end_of_its_log(tmp_path: Path) -> None:
    broken = script_services("broken", "import sys; print('COSMOS_KEY: expected a value; found none'); sys.exit(3)")

    with pytest.raises(StartFailed) as failure:
        await Stack(tmp_path, services=broken).start()

    assert "broken did not become ready: it was given up; it exited with code 3." in str(failure.value)
    assert "    COSMOS_KEY: expected a value; found none" in str(failure.value)


async def test_a_process_that_is_never_ready_fails_the_start_with_its_reason_and_stops_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stack.stack.START_TIMEOUT", timedelta(seconds=2))
    services = tiny_services(Tiny("cold", ("unready",)), Tiny("warm"))

    with pytest.raises(StartFailed, match=r"cold did not become ready: not within 2 s; .* 503 still warming up"):
        await Stack(tmp_path, services=services).start()

    assert "warm stopped" in journal_of(tmp_path)


async def test_a_program_that_does_not_exist_fails_the_start(tmp_path: Path) -> None:
    absent = Process("absent", (str(tmp_path / "no-such-program"),), TcpReady(1), "")

    with pytest.raises(StartFailed, match=r"it cannot be started: .* No such file"):
        await Stack(tmp_path, services=lambda *_: (absent,)).start()


async def test_cloud_settings_of_the_developer_do_not_reach_a_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_CLIENT_ID", "from-the-shell")
    telling = script_services("telling", "import os; print('client', os.environ.get('AZURE_CLIENT_ID'))")

    with pytest.raises(StartFailed, match="    client None"):
        await Stack(tmp_path, services=telling).start()


async def test_a_folder_holds_one_stack_at_a_time(tmp_path: Path) -> None:
    async with running_stack(tmp_path, services=tiny_services(Tiny("first"))):
        with pytest.raises(FolderInUse, match="a stack runs in"):
            await Stack(tmp_path, services=tiny_services(Tiny("second"))).start()


async def test_a_cancelled_start_leaves_nothing_running(tmp_path: Path) -> None:
    start = asyncio.create_task(Stack(tmp_path, services=tiny_services(Tiny("cold", ("unready",)))).start())
    await asyncio.to_thread(wait_until, lambda: journal_of(tmp_path) == ["cold started", "cold ready"])

    start.cancel()
    await asyncio.wait([start])

    assert journal_of(tmp_path)[-1] == "cold stopped"


def test_waves_put_every_process_after_all_that_it_depends_on() -> None:
    needs = {"top": ("bottom",), "bottom": (), "beside": ()}

    processes = {name: Process(name, (), TcpReady(1), "", depends_on=needed) for name, needed in needs.items()}

    assert [set(wave) for wave in waves(processes)] == [{"bottom", "beside"}, {"top"}]
