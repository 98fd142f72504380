import logging
import pickle
from pathlib import Path

import pytest

from emulators.redo import plain
from emulators.redo.log import RedoLog, RedoLogError
from emulators.redo.records import room_for
from emulators.servicebus.amqp.values import Symbol, Uint, Uuid
from emulators.servicebus.broker.content import State

PAYLOADS = [b"first", b"", b"a payload of more bytes than the others have", b"last"]


def a_log(folder: Path, *, retired: int = 0, file_bytes: int = 4096) -> RedoLog:
    return RedoLog(folder, "x", retired=retired, file_bytes=file_bytes)


def filled(folder: Path) -> bytes:
    log = a_log(folder)
    for payload in PAYLOADS:
        log.append(payload)
    log.close()
    return (folder / "x.0.log").read_bytes()


def recovered(folder: Path, *, retired: int = 0) -> list[bytes]:
    log = a_log(folder, retired=retired)
    log.close()
    return log.recovered


def start_of(number: int) -> int:
    return sum(room_for(payload) for payload in PAYLOADS[: number - 1])


def test_what_was_appended_is_found_again(tmp_path: Path) -> None:
    filled(tmp_path)

    assert recovered(tmp_path) == PAYLOADS


def test_what_is_stored_elsewhere_is_not_done_again(tmp_path: Path) -> None:
    filled(tmp_path)

    assert recovered(tmp_path, retired=3) == [b"last"]


def test_a_last_record_that_is_cut_anywhere_is_dropped_and_said_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole = filled(tmp_path)
    begin, end = start_of(4), start_of(4) + room_for(b"last")
    for cut in range(begin, end):
        (tmp_path / "x.0.log").write_bytes(whole[:cut])
        caplog.clear()

        assert recovered(tmp_path) == PAYLOADS[:3]
        assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_a_last_record_that_is_garbled_anywhere_is_dropped_and_said_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole = filled(tmp_path)
    for at in range(start_of(4), start_of(4) + room_for(b"last")):
        (tmp_path / "x.0.log").write_bytes(whole[:at] + bytes((whole[at] ^ 0xFF,)) + whole[at + 1 :])
        caplog.clear()

        assert recovered(tmp_path) == PAYLOADS[:3]
        assert len(caplog.records) == 1


def test_a_repaired_log_goes_on_behind_what_is_whole(tmp_path: Path) -> None:
    whole = filled(tmp_path)
    (tmp_path / "x.0.log").write_bytes(whole[: start_of(4) + 3])
    log = a_log(tmp_path)
    log.restart()
    log.append(b"new")
    log.close()

    assert (log.last, recovered(tmp_path, retired=3)) == (4, [b"new"])


def test_garbage_before_a_whole_record_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    whole = filled(tmp_path)
    for at in range(start_of(4)):
        (tmp_path / "x.0.log").write_bytes(whole[:at] + bytes((whole[at] ^ 0xFF,)) + whole[at + 1 :])

        with pytest.raises(RedoLogError, match=r"damaged.*move x\.0\.log and x\.1\.log away"):
            recovered(tmp_path)


def test_a_gap_between_what_is_stored_and_the_log_is_an_error(tmp_path: Path) -> None:
    log = a_log(tmp_path, retired=7)
    log.append(b"eight")
    log.close()

    with pytest.raises(RedoLogError, match="record 4 is missing, record 8 was found"):
        recovered(tmp_path, retired=3)


def test_both_files_are_used_in_turn_and_none_grows(tmp_path: Path) -> None:
    log = a_log(tmp_path)
    payload = b"x" * 1000
    for _ in range(40):
        log.append(payload)
        if log.is_full:
            log.switch()
    log.close()

    sizes = [path.stat().st_size for path in sorted(tmp_path.iterdir())]
    assert max(sizes) <= 4096 + room_for(payload) + room_for(b"")
    assert recovered(tmp_path, retired=35) == [payload] * 5


def test_a_torn_record_at_the_end_of_the_older_file_is_damage(tmp_path: Path) -> None:
    log = a_log(tmp_path)
    log.append(b"x" * 5000)
    log.switch()
    log.append(b"newer")
    log.close()
    older = tmp_path / "x.0.log"
    older.write_bytes(older.read_bytes()[:3000])

    with pytest.raises(RedoLogError, match="record 1 is missing"):
        recovered(tmp_path)


def test_leftovers_of_an_earlier_use_are_not_taken_for_records(tmp_path: Path) -> None:
    log = a_log(tmp_path)
    for number in range(20):
        log.append(b"%d" % number)
    log.restart()
    log.append(b"new")
    log.close()

    assert recovered(tmp_path, retired=20) == [b"new"]


def test_a_payload_that_names_code_is_refused() -> None:
    with pytest.raises(pickle.UnpicklingError, match=r"plain values only, found pathlib"):
        plain.load(pickle.dumps(Path("x")))
    with pytest.raises(TypeError, match="plain values only, found PosixPath"):
        plain.dump([Path("x")])


def test_subclasses_of_plain_values_come_back_as_the_plain_value() -> None:
    value = [(Symbol("name"), Uint(7), Uuid(bytes(16)), State.DEFERRED, True, None, 1.5)]

    found = plain.load(plain.dump(value))

    assert found == [("name", 7, bytes(16), 1, True, None, 1.5)]
    assert [type(each) for each in found[0]] == [str, int, bytes, int, bool, type(None), float]
