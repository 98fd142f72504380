"""Access rules of queues and topics: read, kept and told. Keys that are not given are made up, as the service does."""

import base64
import secrets
from xml.etree.ElementTree import Element

from emulators.servicebus.admin import markup, spans
from emulators.servicebus.admin.complaints import invalid
from emulators.servicebus.broker.settings import AccessRule

RULES_MAX = 12
_RIGHTS = {"Listen", "Send", "Manage"}
_TEXT_MAX = 256


def access_rules_in(node: Element, now: int) -> tuple[AccessRule, ...]:
    """The access rules of a description; raises `Complaint`."""
    rules = tuple(_rule(entry, now) for entry in node)
    if len(rules) > RULES_MAX:
        raise invalid(f"An entity has at most {RULES_MAX} authorization rules, found {len(rules)}.")
    names = [rule.key_name.lower() for rule in rules]
    if len(set(names)) != len(names):
        raise invalid("The names of authorization rules must differ.")
    return rules


def access_rules_markup(rules: tuple[AccessRule, ...]) -> str:
    """The access rules as elements."""
    return "".join(_markup(rule) for rule in rules)


def _rule(entry: Element, now: int) -> AccessRule:
    name = _text(entry, "KeyName")
    rights_node = markup.child(entry, "Rights")
    rights = tuple((each.text or "").strip() for each in rights_node) if rights_node is not None else ()
    if not name or not rights or not set(rights) <= _RIGHTS:
        raise invalid(f"An authorization rule needs a KeyName and Rights of {', '.join(sorted(_RIGHTS))}.")
    if "Manage" in rights and set(rights) != _RIGHTS:
        raise invalid("Manage permission should also include Send and Listen.")
    made = _text(entry, "CreatedTime")
    created_at = spans.time_in(made, "CreatedTime") if made and made != spans.NEVER else now
    primary, secondary = (_text(entry, tag) or _new_key() for tag in ("PrimaryKey", "SecondaryKey"))
    return AccessRule(name, rights, primary, secondary, created_at, now)


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _text(entry: Element, tag: str) -> str:
    node = markup.child(entry, tag)
    value = (node.text or "").strip() if node is not None else ""
    if len(value) > _TEXT_MAX:
        raise invalid(f"The {tag} of an authorization rule has at most {_TEXT_MAX} characters, found {len(value)}.")
    return value


def _markup(rule: AccessRule) -> str:
    rights = "".join(markup.element("AccessRights", each) for each in rule.rights)
    parts = (
        ("ClaimType", "SharedAccessKey"),
        ("ClaimValue", "None"),
        ("Rights", rights),
        ("CreatedTime", spans.time_text(rule.created_at)),
        ("ModifiedTime", spans.time_text(rule.modified_at)),
        ("KeyName", markup.text(rule.key_name)),
        ("PrimaryKey", markup.text(rule.primary_key)),
        ("SecondaryKey", markup.text(rule.secondary_key)),
    )
    content = "".join(markup.element(tag, value) for tag, value in parts)
    return markup.element("AuthorizationRule", content, i__type="SharedAccessAuthorizationRule")
