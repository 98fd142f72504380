import errno
import shutil
from pathlib import Path
from random import Random
from typing import Any

import pytest

from emulators.cosmos.store.database import Database
from emulators.redo import log

LOG_BYTES = 4096
LOG = "cosmos.0.log"


def opened(folder: Path, log_bytes: int = LOG_BYTES) -> Database:
    return Database(folder / "cosmos.sqlite", log_bytes=log_bytes)


def everything_in(database: Database) -> list[Any]:
    tables = [name for (name,) in database.read("select name from sqlite_master where name like 'docs%' order by 1")]
    return [(name, database.read(f"select * from {name} order by 1").fetchall()) for name in tables]


def everything_after_a_crash(folder: Path, copy: Path) -> list[Any]:
    """What starts from the files as they are now."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    again = opened(copy)
    found = everything_in(again)
    again.close()
    return found


def write_at_random(database: Database, random: Random, turn: int) -> None:
    if turn % 20 == 0:
        database.write(f"create table docs_{turn} (seq integer primary key, id text, body blob, unique (id))")
    table = f"docs_{turn - turn % 20}"
    rows = [(turn * 10 + at, f"{random.randrange(30)}", random.randbytes(60)) for at in range(random.randrange(1, 5))]
    database.write_many(f"insert or replace into {table} values (?, ?, ?)", rows)
    if random.random() < 0.3:
        database.write(f"delete from {table} where id = ?", (f"{random.randrange(30)}",))


@pytest.mark.parametrize("seed", range(3))
def test_every_commit_is_whole_after_a_crash_right_behind_it(tmp_path: Path, seed: int) -> None:
    database, random = opened(tmp_path / "data"), Random(seed)
    for turn in range(100):
        write_at_random(database, random, turn)
        database.commit()
        if turn % 7 == seed:
            assert everything_after_a_crash(tmp_path / "data", tmp_path / "copy") == everything_in(database)
    database.close()


def test_what_was_not_committed_is_not_there(tmp_path: Path) -> None:
    database, random = opened(tmp_path / "data"), Random(1)
    write_at_random(database, random, 0)
    database.commit()
    before = everything_in(database)
    write_at_random(database, random, 1)

    assert everything_after_a_crash(tmp_path / "data", tmp_path / "copy") == before
    database.close()


def test_a_record_torn_at_any_byte_undoes_that_commit_and_no_other(tmp_path: Path) -> None:
    database, random = opened(tmp_path / "data", 1 << 16), Random(2)
    for turn in range(4):
        write_at_random(database, random, turn)
        database.commit()
    assert database._log is not None
    before, begin = everything_in(database), database._log.used
    write_at_random(database, random, 5)
    database.commit()
    end, path = database._log.used, tmp_path / "data" / LOG
    whole = path.read_bytes()

    for at in range(begin, end, max(1, (end - begin) // 30)):
        path.write_bytes(whole[:at] + bytes((whole[at] ^ 0xFF,)) + whole[at + 1 :])
        assert everything_after_a_crash(tmp_path / "data", tmp_path / "copy") == before
    database.close()


def test_garbage_in_the_middle_of_the_log_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    database, random = opened(tmp_path / "data", 1 << 16), Random(3)
    for turn in range(6):
        write_at_random(database, random, turn)
        database.commit()
    path = tmp_path / "data" / LOG
    whole = path.read_bytes()
    path.write_bytes(whole[:60] + b"garbage" + whole[67:])

    with pytest.raises(OSError, match=r"cosmos\.0\.log is unreadable.*Put a copy of the folder back"):
        everything_after_a_crash(tmp_path / "data", tmp_path / "copy")
    path.write_bytes(whole)
    database.close()


def test_a_full_disk_fails_the_commit_and_loses_nothing_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    database, random = opened(tmp_path), Random(4)
    write_at_random(database, random, 0)
    database.commit()
    before = everything_in(database)
    write_at_random(database, random, 1)
    with monkeypatch.context() as patch:
        patch.setattr(log, "_force", full)
        with pytest.raises(OSError, match="No space left"):
            database.commit()
    database.rollback()
    database.close()

    again = opened(tmp_path)
    found = everything_in(again)
    again.close()

    assert found[0][1][: len(before[0][1])] == before[0][1]


def test_a_clean_end_leaves_one_file(tmp_path: Path) -> None:
    database = opened(tmp_path)
    write_at_random(database, Random(5), 0)
    database.commit()
    expected = everything_in(database)
    database.close()
    files = [path.name for path in tmp_path.iterdir()]

    again = opened(tmp_path)
    found = everything_in(again)
    again.close()

    assert (files, found) == (["cosmos.sqlite"], expected)


def test_a_copy_has_everything_and_goes_its_own_way(tmp_path: Path) -> None:
    database = opened(tmp_path)
    write_at_random(database, Random(6), 0)
    expected = everything_in(database)

    copy = database.copy()
    write_at_random(database, Random(7), 1)
    found = everything_in(copy)
    copy.close()
    database.close()

    assert found == expected
