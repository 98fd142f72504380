from pathlib import Path

import pytest

from emulators.servicebus.journal import JournalError
from tests.support.journal_lives import RandomLife, everything_in

LOG_BYTES = 8192
FOLDED = "servicebus.sqlite"


@pytest.mark.parametrize("seed", range(6))
def test_every_commit_is_whole_after_a_crash_right_behind_it(tmp_path: Path, seed: int) -> None:
    life = RandomLife(tmp_path / "data", seed, LOG_BYTES)
    for turn in range(120):
        life.step()
        if turn % 8 == seed or turn == 119:
            again = life.crashed(tmp_path / "copy")
            assert everything_in(again) == everything_in(life)
            again.end()
    life.end()


def test_many_crashes_in_a_row_lose_nothing(tmp_path: Path) -> None:
    life = RandomLife(tmp_path / "0", 1, LOG_BYTES)
    for turn in range(30):
        for _ in range(turn % 7):
            life.step()
        again = life.crashed(tmp_path / f"{turn + 1}")
        assert everything_in(again) == everything_in(life)
        life.end()
        life = again
    life.end()


def test_a_clean_end_leaves_one_file_that_has_everything(tmp_path: Path) -> None:
    life = RandomLife(tmp_path, 7, LOG_BYTES)
    for _ in range(60):
        life.step()
    expected = everything_in(life)
    life.end()
    files = [path.name for path in tmp_path.iterdir()]

    again = RandomLife(tmp_path, 7, LOG_BYTES)
    found = everything_in(again)
    again.end()

    assert (files, found) == ([FOLDED], expected)


def test_a_record_torn_at_any_byte_undoes_that_commit_and_no_other(tmp_path: Path) -> None:
    life = RandomLife(tmp_path / "data", 3, 1 << 16)
    for _ in range(5):
        life.step()
    before, begin = everything_in(life), life.journal._log.used
    life.step()
    after, end = everything_in(life), life.journal._log.used
    whole = (tmp_path / "data" / "servicebus.0.log").read_bytes()

    for cut in range(begin, end, max(1, (end - begin) // 25)):
        (tmp_path / "data" / "servicebus.0.log").write_bytes(whole[:cut])
        again = life.crashed(tmp_path / "copy")
        assert everything_in(again) == before
        again.end()
    (tmp_path / "data" / "servicebus.0.log").write_bytes(whole)
    again = life.crashed(tmp_path / "copy")
    assert everything_in(again) == after
    again.end()
    life.end()


def test_garbage_in_the_middle_of_the_log_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    life = RandomLife(tmp_path / "data", 4, 1 << 16)
    for _ in range(6):
        life.step()
    path = tmp_path / "data" / "servicebus.0.log"
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"garbage" + whole[107:])

    with pytest.raises(JournalError, match=r"servicebus\.0\.log is unreadable.*Put a copy of the folder back"):
        life.crashed(tmp_path / "copy")
    path.write_bytes(whole)
    life.end()


def test_a_file_in_the_place_of_the_folder_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"")

    with pytest.raises(JournalError, match=r"data: can't be used"):
        RandomLife(tmp_path / "data", 0, LOG_BYTES)


def test_the_files_do_not_grow_while_messages_come_and_go(tmp_path: Path) -> None:
    life = RandomLife(tmp_path, 5, LOG_BYTES)
    sizes = []
    for turn in range(900):
        life._send()
        for name in ("q", "once", "s"):
            queue = life.queue(name)
            for message in list(queue.messages.values()):
                queue.remove(message)
        life._wait()
        life.commit()
        if turn % 300 == 299:
            sizes.append(sum(path.stat().st_size for path in tmp_path.iterdir()))
    life.end()

    assert sizes[2] <= sizes[0] * 1.5
