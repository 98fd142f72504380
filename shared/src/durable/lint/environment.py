"""DUR005: what a process finds around it: variables, arguments, machine, folder."""

from __future__ import annotations

from durable.lint.banned_names import BannedNames
from durable.lint.codes import ENVIRONMENT

_SETTING = "take it from the input of the saga, or read it in an activity, called with `ctx.call`"

surroundings = BannedNames(
    ENVIRONMENT,
    dict.fromkeys(
        (
            "os.cpu_count",
            "os.environ",
            "os.environb",
            "os.getcwd",
            "os.getenv",
            "os.getlogin",
            "os.getpid",
            "os.getppid",
            "os.putenv",
            "os.uname",
            "os.unsetenv",
            "pathlib.Path.cwd",
            "pathlib.Path.home",
            "platform",
            "socket.getfqdn",
            "socket.gethostname",
            "sys.argv",
        ),
        _SETTING,
    ),
)
