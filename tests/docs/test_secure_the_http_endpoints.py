"""What the page says of roles and of the client is so."""

import json
import re
from pathlib import Path

from durable.http.roles import Role

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs/how-to/secure-the-http-endpoints.md").read_text()


def test_the_registration_has_the_roles_that_are_asked_for() -> None:
    shown = re.search(r"<<'END'\n(.*?)\nEND\n", PAGE, re.DOTALL)
    assert shown is not None

    roles = json.loads(shown[1])

    assert {role["value"] for role in roles} == {role.value for role in Role}
    assert all(role["allowedMemberTypes"] == ["Application", "User"] for role in roles)


def test_the_program_on_the_page_is_the_one_that_is_checked() -> None:
    assert (HERE / "securing/failed_instances.py").read_text() in PAGE
