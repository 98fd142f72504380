"""DUR003: files, processes, networks and databases."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from durable.lint.banned_names import BannedNames
from durable.lint.codes import INPUT_OUTPUT
from durable.lint.environment import surroundings
from durable.lint.findings import Finding, finding
from durable.lint.kinds import is_path
from durable.lint.walking import Place

_ACTIVITY = "do it in an activity, called with `ctx.call`"
_OUTSIDE = (
    "aiofiles",
    "aiohttp",
    "asyncpg",
    "azure",
    "boto3",
    "botocore",
    "builtins.input",
    "builtins.open",
    "fileinput",
    "ftplib",
    "glob",
    "grpc",
    "http.client",
    "httpx",
    "imaplib",
    "io.open",
    "obstore",
    "os",
    "os.path.exists",
    "os.path.getatime",
    "os.path.getctime",
    "os.path.getmtime",
    "os.path.getsize",
    "os.path.isdir",
    "os.path.isfile",
    "os.path.islink",
    "os.path.realpath",
    "psycopg",
    "psycopg2",
    "pymongo",
    "redis",
    "requests",
    "shutil",
    "smtplib",
    "socket",
    "sqlite3",
    "subprocess",
    "sys.stdin",
    "tempfile",
    "urllib.request",
    "urllib3",
)
_PURE = ("os.fspath", "os.path", "os.strerror", "os.urandom", *surroundings.names)

_OF_FILES = frozenset({"read_bytes", "read_text", "write_bytes", "write_text"})
_OF_PATHS = frozenset(
    {
        "chmod",
        "exists",
        "glob",
        "hardlink_to",
        "is_dir",
        "is_file",
        "is_symlink",
        "iterdir",
        "lstat",
        "mkdir",
        "open",
        "readlink",
        "rename",
        "replace",
        "resolve",
        "rglob",
        "rmdir",
        "samefile",
        "stat",
        "symlink_to",
        "touch",
        "unlink",
        "walk",
    }
)

outside = BannedNames(INPUT_OUTPUT, {**dict.fromkeys(_OUTSIDE, _ACTIVITY), **dict.fromkeys(_PURE)})


def through_paths(node: ast.AST, place: Place) -> Iterator[Finding]:
    """Find the methods of a path that touch the disk."""
    match node:
        case ast.Call(func=ast.Attribute(value=path, attr=method)) if method in _OF_FILES or (
            method in _OF_PATHS and is_path(path, place.scope)
        ):
            yield finding(INPUT_OUTPUT, node, _ACTIVITY)
