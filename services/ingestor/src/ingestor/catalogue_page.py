"""The catalogue as a page for people: each event type with its fields and a command that sends one."""

from __future__ import annotations

from html import escape
from typing import Any

import orjson

from ingestor.described import Catalogue, description_of, schema_of

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "code,pre{font:14px/1.5 ui-monospace,monospace}pre{background:#8881;padding:.8rem;overflow:auto}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .8rem .3rem 0;"
    "border-bottom:1px solid #8884;vertical-align:top}:root{color-scheme:light dark}"
)


def page_of(catalogue: Catalogue) -> str:
    """Give the page."""
    sections = "".join(_section(type_, catalogue) for type_ in sorted(catalogue))
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Event catalogue</title>'
        f"<style>{_STYLE}</style><h1>Event catalogue</h1>"
        "<p>The event types that <code>POST /events</code> takes. All of them in one document: "
        '<a href="/catalogue/asyncapi.json">AsyncAPI 3</a>.</p>'
        f"{sections}</html>\n"
    )


def _section(type_: str, catalogue: Catalogue) -> str:
    schema = schema_of(catalogue[type_])
    required = set(schema.get("required", ()))
    rows = "".join(_row(name, field, name in required) for name, field in schema.get("properties", {}).items())
    shown = escape(orjson.dumps(schema, option=orjson.OPT_INDENT_2).decode())
    name = escape(type_, quote=True)
    return (
        f'<h2 id="{name}"><code>{name}</code></h2><p>{escape(description_of(catalogue[type_]))}</p>'
        f"<table><tr><th>field of <code>data</code><th>type<th>means</tr>{rows}</table>"
        f'<p><a href="/catalogue/{name}">JSON Schema</a></p><details><summary>Show it</summary>'
        f"<pre>{shown}</pre></details>"
    )


def _row(name: str, field: dict[str, Any], required: bool) -> str:  # noqa: FBT001  A cell of a table.
    kind = escape(_kind_of(field)) + ("" if required else ", optional")
    return f"<tr><td><code>{escape(name)}</code><td>{kind}<td>{escape(field.get('description', ''))}</tr>"


def _kind_of(field: dict[str, Any]) -> str:
    if "$ref" in field:
        return str(field["$ref"]).rpartition("/")[2]
    if "anyOf" in field:
        return " or ".join(map(_kind_of, field["anyOf"]))
    if field.get("type") == "array":
        return f"array of {_kind_of(field.get('items', {}))}"
    return str(field.get("type", "anything"))
