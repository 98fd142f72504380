"""The tables of options in the pages of the emulators, from their parsers: `python -m tests.docs.option_tables`."""

import argparse
from pathlib import Path

from emulators.cosmos.options import options as cosmos_options
from emulators.servicebus.options import options as servicebus_options
from emulators.telemetry.options import options as telemetry_options

ROOT = Path(__file__).parents[2]
BEGIN = "<!-- options: `python -m tests.docs.option_tables` writes this table -->"
END = "<!-- end of options -->"
PARSERS = {
    "servicebus-emulator": servicebus_options,
    "cosmos-emulator": cosmos_options,
    "telemetry-collector": telemetry_options,
}


def path_of(command: str) -> Path:
    return ROOT / "docs" / "reference" / f"{command}.md"


def table_in(page: str) -> str:
    return page.partition(BEGIN)[2].partition(END)[0].strip()


def table_of(parser: argparse.ArgumentParser) -> str:
    groups = [group for group in parser._action_groups if group.title not in {"options", "positional arguments"}]
    lines = ["| option | means | default |", "|---|---|---|"]
    for group in groups:
        lines.append(f"| **{group.title}** | | |")
        lines += [_line(action) for action in group._group_actions]
    return "\n".join(lines)


def _line(action: argparse.Action) -> str:
    value = action.metavar or ("|".join(action.choices) if action.choices else action.dest.upper())
    name = action.option_strings[0] if action.nargs == 0 else f"{action.option_strings[0]} {value}"
    text, _, told = (action.help or "").partition(" (default: ")
    default = told.rstrip(")") or (_shown(action.default) if action.default else "")
    return f"| `{_cell(name)}` | {_cell(text)} | {default} |"


def _shown(default: object) -> str:
    return f"`{str(default).replace(str(Path.home()), '~')}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    for command, parser in PARSERS.items():
        page = path_of(command).read_text()
        before, _, rest = page.partition(BEGIN)
        after = rest.partition(END)[2]
        path_of(command).write_text(f"{before}{BEGIN}\n{table_of(parser())}\n{END}{after}")
