from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest

import find_secrets
from find_secrets import findings_in, harmless

# Put together, so that this file holds none itself.
PRIVATE_KEY = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n"
STORAGE_KEY = b64encode(sha256(b"a").digest() + sha256(b"b").digest()).decode()
TOKEN = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"


def found_in(folder: Path, name: str, text: str) -> list[str]:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return [finding.rule for finding in findings_in(folder, [name])]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (PRIVATE_KEY, "Private Key"),
        (f"AccountKey={STORAGE_KEY}\n", "Azure Storage Account access key"),
        (f"TOKEN = '{TOKEN}'\n", "GitHub Token"),
        ("postgres://admin:" + "Tr0ub4dor@db.example/x\n", "Basic Auth Credentials"),
        ('db_password = "Tr0ub4dor&3-horse"\n', "Secret Keyword"),
    ],
)
def test_what_looks_like_a_secret_is_found(text: str, rule: str, tmp_path: Path) -> None:
    assert rule in found_in(tmp_path, "settings.py", text)


@pytest.mark.parametrize("text", ["password = os.environ['PASSWORD']\n", "x = 'hello'\n", "server = '203.0.113.7'\n"])
def test_what_does_not_is_not(text: str, tmp_path: Path) -> None:
    assert found_in(tmp_path, "settings.py", text) == []


def test_a_test_may_name_what_it_makes_up(tmp_path: Path) -> None:
    assert found_in(tmp_path, "tests/a.py", 'db_password = "Tr0ub4dor&3-horse"\n') == []
    assert found_in(tmp_path, "tests/a.py", f"AccountKey={STORAGE_KEY}\n") != []


def test_a_finding_does_not_show_the_value(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(f"TOKEN = '{TOKEN}'\n")

    assert all(TOKEN not in repr(finding) for finding in findings_in(tmp_path, ["a.py"]))


def test_another_value_in_the_place_of_a_harmless_one_is_found_again(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(f"TOKEN = '{TOKEN}'\n")
    (first,) = {finding.key for finding in findings_in(tmp_path, ["a.py"])}
    (tmp_path / "a.py").write_text(f"TOKEN = '{TOKEN[:-1]}b'\n")

    assert first not in {finding.key for finding in findings_in(tmp_path, ["a.py"])}


def test_what_is_harmless_has_a_reason(tmp_path: Path) -> None:
    (tmp_path / "list.toml").write_text('[[harmless]]\nreason = " "\nfound = ["a 1"]\n')

    with pytest.raises(ValueError, match="expected a reason"):
        harmless(tmp_path / "list.toml")


def run_over(folder: Path, listed: str, monkeypatch: pytest.MonkeyPatch) -> int:
    (folder / "list.toml").write_text(listed)
    monkeypatch.setattr(find_secrets, "ROOT", folder)
    monkeypatch.setattr(find_secrets, "_tracked", lambda _: ["a.py"])
    monkeypatch.setattr(find_secrets, "harmless", lambda: harmless(folder / "list.toml"))
    return find_secrets.main()


def test_the_command_fails_on_what_is_new_and_says_how_to_list_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.py").write_text(f"TOKEN = '{TOKEN}'\n")

    assert run_over(tmp_path, "", monkeypatch) == 1
    said = capsys.readouterr().out
    key = findings_in(tmp_path, ["a.py"])[0].key
    assert f"a.py:1: looks like a secret (GitHub Token); if it is none: harmless-secrets.toml, '{key}'" in said
    assert run_over(tmp_path, f'[[harmless]]\nreason = "of a test"\nfound = ["{key}"]\n', monkeypatch) == 0


def test_the_command_fails_on_what_is_listed_and_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.py").write_text("")

    assert run_over(tmp_path, '[[harmless]]\nreason = "of a test"\nfound = ["a.py 1"]\n', monkeypatch) == 1
    assert "'a.py 1' is not there any more" in capsys.readouterr().out
