import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 50
FILE_BYTES_MAX = 1_000_000
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}

# Put together from parts, so that this file keeps the rules that it checks.
REGISTRY_HOST = re.compile(
    "|".join(
        name + re.escape("." + domain)
        for name, domain in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("npmjs", "org"),
            ("crates", "io"),
            ("nuget", "org"),
            ("conda-forge", "org"),
        )
    )
)
MACHINE_PATH = re.compile(r"(?<![\w./-])/(root|work|home/\w+|Users/\w+)/")
LOOSE_END = re.compile("TO" r"DO(?!\(#\d+\))|FIX" r"ME(?!\(#\d+\))|XX" "X")
SILENCED = re.compile(r"# (?:no" r"qa: [A-Z0-9]+|type: ig" r"nore\[[\w-]+\])(?P<reason>.*)")
PRIVATE_KEY = re.compile("-----BEGIN [A-Z ]*PRIVATE KEY")


def tracked() -> Iterator[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    paths = (ROOT / name for name in listed.split("\0") if name)
    return (path for path in paths if path.is_file())


def python_files() -> Iterator[Path]:
    return (path for path in tracked() if path.suffix == ".py")


def text_lines() -> Iterator[tuple[Path, int, str]]:
    for path in tracked():
        content = path.read_bytes()
        if b"\0" in content:
            continue
        for number, line in enumerate(content.decode(errors="replace").split("\n"), start=1):
            yield path, number, line


def lines_matching(pattern: re.Pattern[str]) -> list[str]:
    return [place(path, number) for path, number, line in text_lines() if pattern.search(line)]


def place(path: Path, number: int) -> str:
    return f"{path.relative_to(ROOT)}:{number}"


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_bytes())
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def lines_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_a_python_file_has_at_most_300_lines() -> None:
    lengths = {path: len(path.read_bytes().splitlines()) for path in python_files()}

    assert [f"{place(path, 1)} has {n}" for path, n in lengths.items() if n > FILE_LINES_MAX] == []


def test_a_function_has_at_most_50_lines() -> None:
    found = ((path, node, lines_of(node)) for path in python_files() for node in functions(path))

    assert [f"{place(path, f.lineno)} {f.name} has {n}" for path, f, n in found if n > FUNCTION_LINES_MAX] == []


def test_a_module_opens_with_a_docstring() -> None:
    modules = (path for path in python_files() if ROOT / "tests" not in path.parents)

    assert [place(path, 1) for path in modules if ast.get_docstring(ast.parse(path.read_bytes())) is None] == []


def test_a_module_is_named_for_the_question_it_answers() -> None:
    named = ((path, {*path.relative_to(ROOT).parts[:-1], path.stem}) for path in python_files())

    assert [place(path, 1) for path, parts in named if {part.strip("_") for part in parts} & VAGUE_NAMES] == []


def test_no_file_names_a_package_registry() -> None:
    assert lines_matching(REGISTRY_HOST) == []


def test_no_file_names_a_path_of_one_machine() -> None:
    assert lines_matching(MACHINE_PATH) == []


def test_no_loose_end_is_left_without_the_number_of_its_issue() -> None:
    assert lines_matching(LOOSE_END) == []


def test_a_check_is_silenced_only_with_a_reason_beside_it() -> None:
    lines = ((path, number, SILENCED.search(line)) for path, number, line in text_lines() if path.suffix == ".py")
    found = [place(path, number) for path, number, match in lines if match and not match["reason"].strip(" #")]

    assert [line for line in found if not line.startswith("tests/")] == []


def test_no_file_holds_a_private_key() -> None:
    assert lines_matching(PRIVATE_KEY) == []


def test_no_file_is_larger_than_a_megabyte() -> None:
    sizes = {path: path.stat().st_size for path in tracked()}

    assert [f"{place(path, 1)} has {size} bytes" for path, size in sizes.items() if size > FILE_BYTES_MAX] == []


def test_no_line_ends_in_white_space_and_every_file_ends_in_one_newline() -> None:
    trailing = [place(path, number) for path, number, line in text_lines() if line != line.rstrip()]
    contents = ((path, path.read_bytes()) for path in tracked())
    endings = [place(path, 1) for path, text in contents if b"\0" not in text and not _ends_well(text)]

    assert trailing + endings == []


def _ends_well(content: bytes) -> bool:
    return content == b"" or (content.endswith(b"\n") and not content.endswith(b"\n\n"))
