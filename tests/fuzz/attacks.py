"""Attacks by chance, one function each: the same ones for the same chance.

An attack gets the stage and its chance, and raises if the endpoint did what it must not do.
"""

import json
from collections.abc import Callable
from random import Random

from emulators.servicebus.amqp.decode import DecodeError, decode
from emulators.servicebus.amqp.frames import AMQP_PREAMBLE, SASL_PREAMBLE, frame
from emulators.servicebus.amqp.performatives import TRANSFER, write_performative
from emulators.servicebus.amqp.sections import spans
from emulators.servicebus.amqp.values import Uint
from emulators.servicebus.broker.refusals import InvalidArgument, Refusal
from emulators.servicebus.broker.rules.conditions import condition_of
from emulators.servicebus.broker.rules.properties import Properties
from emulators.servicebus.wire.messages import content_of, contents
from tests.fuzz.hostile_frames import FATAL, IGNORED
from tests.fuzz.hostile_requests import BATCHES, BODIES, HEADERS, PATCHES, PATHS, QUERIES
from tests.fuzz.hostile_values import HOSTILE
from tests.fuzz.random_frames import ADDRESSES, RandomFrames
from tests.fuzz.random_sql import random_condition, random_query
from tests.fuzz.stage import Harmed, Stage
from tests.support.cosmos_requests import CONTAINER, signed
from tests.support.wire_client import WireClient

KEPT_BYTES_MAX = 16 << 20
Attack = Callable[[Stage, Random, list[bytes]], None]


def mutated(chance: Random, data: bytes) -> bytes:
    """The same bytes with a few changes: flipped, cut out, doubled, replaced by what is known to hurt."""
    found = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 5, 20])):
        at = chance.randrange(len(found) + 1)
        until = at + chance.choice([1, 1, 4, 8, 50, 500])
        match chance.randrange(5):
            case 0 if at < len(found):
                found[at] ^= 1 << chance.randrange(8)
            case 1:
                del found[at:until]
            case 2:
                found[at:at] = found[at:until]
            case 3:
                found[at:until] = chance.randbytes(chance.randrange(8))
            case _:
                found[at:at] = chance.choice([b"\xff\xff\xff\xff", b"\x00" * 8, *HOSTILE.values()])[:300]
    return bytes(found)


def by_frames(stage: Stage, chance: Random, _: list[bytes]) -> None:
    """A client that opens as it should, and then sends frames whose fields are right more often than not."""
    client = WireClient(stage.hub)
    frames = RandomFrames(chance)
    client.open(window=chance.choice([0, 1, 100, 65_536]), frame_bytes=chance.choice([512, 4096, 65_536]))
    for handle in range(1, 5):
        client.attach(handle, chance.choice(ADDRESSES), receives=chance.random() < 0.5, settled=chance.random() < 0.3)
        client.grant(handle, chance.choice([0, 1, 100, 2**32 - 1]))
    known = [data for data, _ in FATAL.values()] + [*IGNORED.values()]
    _talk(client, [chance.choice(known) if chance.random() < 0.02 else frames.frame() for _ in range(40)])


def by_recordings(stage: Stage, chance: Random, recordings: list[bytes]) -> None:
    """A client that says what an SDK said, with mistakes, and in any portions."""
    data = chance.choice(recordings)
    data = data if chance.random() < 0.1 else mutated(chance, data)
    places = sorted(chance.randrange(len(data) + 1) for _ in range(chance.choice([0, 3, 20])))
    _talk(WireClient(stage.hub), [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True)])


def by_operations(stage: Stage, chance: Random, _: list[bytes]) -> None:
    """A client that asks a management node for things, with fields of any type."""
    client = WireClient(stage.hub)
    frames = RandomFrames(chance)
    client.open()
    node = chance.choice(["q", "s", "t", "t/Subscriptions/a", "q/$deadletterqueue"])
    client.attach(1, f"{node}/$management", receives=True)
    client.attach(2, f"{node}/$management", receives=False)
    client.attach(3, node, receives=True)
    client.grant(1, chance.choice([0, 1, 1000]))
    client.grant(3, 5)
    asked = [frame(1, write_performative(TRANSFER, Uint(2), Uint(at), b"t") + frames.request()) for at in range(20)]
    _talk(client, asked)


def by_rubbish(stage: Stage, chance: Random, _: list[bytes]) -> None:
    """A client that says anything at all, from the first byte on or after a good beginning."""
    start = chance.choice([b"", SASL_PREAMBLE, AMQP_PREAMBLE, SASL_PREAMBLE + AMQP_PREAMBLE])
    _talk(WireClient(stage.hub), [start + chance.randbytes(chance.randrange(500)) for _ in range(3)])


def _talk(client: WireClient, chunks: list[bytes]) -> None:
    """Say everything, leave without a word, and leave nothing behind."""
    peers = len(client.hub.peers)
    for chunk in chunks:
        client.connection.data_received(chunk)
        client.hub.turn()
        connection = client.connection
        kept = connection.pending_bytes + len(connection._unread) + connection._held_bytes
        if kept > KEPT_BYTES_MAX:
            raise Harmed(f"The endpoint keeps {kept} bytes for one client.")
        client.wire.written = b""
        if client.wire.closed:
            break
    client.connection.connection_lost(None)
    client.hub.turn()
    if len(client.hub.peers) != peers - 1 or client.connection.pending_bytes:
        raise Harmed("Something is left of a client that is gone.")


def by_messages(stage: Stage, chance: Random, recordings: list[bytes]) -> None:
    """A message that is accepted must be one that every receiver can decode."""
    payload = mutated(chance, RandomFrames(chance).payload())
    try:
        found = contents(payload, chance.choice([0, 0x80013700]))
    except InvalidArgument:
        return
    for content in found:
        for span in spans(content.bare):
            try:
                _, end = decode(content.bare, span.value)
            except DecodeError as fault:
                if "key twice" not in str(fault) and "unhashable" not in str(fault):
                    raise
            else:
                assert end == span.end


def by_filters(stage: Stage, chance: Random, recordings: list[bytes]) -> None:
    """A filter is understood or refused, and asked for any message without an error."""
    text = random_condition(chance)
    text = text if chance.random() < 0.5 else mutated(chance, text.encode()).decode(errors="replace")
    try:
        condition = condition_of(text)
        content = content_of(RandomFrames(chance).payload())
    except (Refusal, DecodeError):
        return
    condition(Properties(content))


def by_requests(stage: Stage, chance: Random, _: list[bytes]) -> None:
    """A request to the Cosmos DB endpoint, right in most of its parts."""
    method, path, body, headers = _request(chance)
    response = stage.cosmos.handle(method, path, {**signed(stage.cosmos, method, path), **headers}, body)
    if response.status >= 500:
        raise Harmed(f"{method} {path[:100]!r} {headers} {body[:500]!r}: {response.status} {response.body[:300]!r}")


def _request(chance: Random) -> tuple[str, str, bytes, dict[str, str]]:
    docs = f"{CONTAINER}/docs"
    key = {"x-ms-documentdb-partitionkey": chance.choice(['["ada"]', '["bob"]', "[5]", "[null]", "[{}]"])}
    headers = dict(key) if chance.random() < 0.8 else {"x-ms-documentdb-partitionkeyrangeid": chance.choice("01")}
    for name in chance.sample(sorted(HEADERS), chance.choice([0, 0, 0, 1, 2])):
        headers[name] = chance.choice(HEADERS[name])
    match chance.randrange(6):
        case 0:
            query = chance.choice([*QUERIES.values()]) if chance.random() < 0.1 else random_query(chance)
            query = query if chance.random() < 0.7 else mutated(chance, query.encode()).decode(errors="replace")
            headers["x-ms-documentdb-isquery"] = "true"
            if chance.random() < 0.3:
                headers["x-ms-cosmos-is-query-plan-request"] = "True"
            return "POST", docs, json.dumps({"query": query}).encode(), headers
        case 1:
            patch = json.dumps(chance.choice([*PATCHES.values()])).encode()
            return "PATCH", f"{docs}/{chance.choice('abc')}", _perhaps(chance, patch), headers
        case 2:
            headers |= {"x-ms-cosmos-is-batch-request": "True", "x-ms-cosmos-batch-atomic": "True"}
            return "POST", docs, _perhaps(chance, json.dumps(chance.choice([*BATCHES.values()])).encode()), headers
        case 3:
            return chance.choice(["GET", "DELETE", "PUT"]), chance.choice(PATHS), b"{}", headers
        case 4:
            return chance.choice(["POST", "PUT"]), f"{docs}/{chance.choice('abc')}", _document(chance), headers
    headers["x-ms-documentdb-is-upsert"] = chance.choice(["true", "false"])
    return "POST", docs, _document(chance), headers


def _document(chance: Random) -> bytes:
    body = (
        chance.choice([*BODIES.values()])
        if chance.random() < 0.2
        else b'{"id":"a","customer":"ada","rank":1,"numbers":[1,2]}'
    )
    return _perhaps(chance, body)


def _perhaps(chance: Random, data: bytes) -> bytes:
    return data if chance.random() < 0.5 else mutated(chance, data)


ATTACKS: dict[str, Attack] = {
    "frames": by_frames,
    "recordings": by_recordings,
    "rubbish": by_rubbish,
    "operations": by_operations,
    "messages": by_messages,
    "filters": by_filters,
    "requests": by_requests,
}
