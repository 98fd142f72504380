"""python-qpid-proton, an AMQP 1.0 client that is not Microsoft's. HOST, PORT, TLS_PORT, KEY_NAME, KEY, CA.

Runs in the environment of `make interop`, not in that of the workspace.
"""

import json
import os
import sys
import uuid
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from proton import Delivery, Message, SSLDomain, symbol, ulong
from proton.reactor import Filter, LinkOption
from proton.utils import BlockingConnection, LinkDetached, SendException

WAIT = 15
HOST, PORT = os.environ["HOST"], os.environ["PORT"]
KEY_NAME, KEY = os.environ["KEY_NAME"], os.environ["KEY"]


@contextmanager
def connected(url: str | None = None, **options: Any) -> Any:
    options = {"timeout": WAIT, "allow_insecure_mechs": True, "user": KEY_NAME, "password": KEY, **options}
    connection = BlockingConnection(url or f"amqp://{HOST}:{PORT}", **options)
    try:
        yield connection
    finally:
        connection.close()


def expect(found: object, expected: object) -> None:
    if found != expected:
        raise AssertionError(f"expected {expected!r}, found {found!r}")


def sent(connection: Any, queue: str, *messages: Message) -> None:
    sender = connection.create_sender(queue)
    for message in messages:
        sender.send(message, timeout=WAIT)
    sender.close()


def sasl_plain() -> None:
    with connected(allowed_mechs="PLAIN") as connection:
        sent(connection, "proton-plain-login", Message(body="x"))


def sasl_plain_in_the_address() -> None:
    url = f"amqp://{quote(KEY_NAME)}:{quote(KEY)}@{HOST}:{PORT}"
    with connected(url, user=None, password=None, allowed_mechs="PLAIN") as connection:
        sent(connection, "proton-plain-login", Message(body="x"))


def sasl_plain_refused() -> None:
    try:
        with connected(password="wrong", allowed_mechs="PLAIN"):
            raise AssertionError("it was accepted")
    except Exception as error:
        if "amqp:unauthorized-access" not in str(error):
            raise


def sasl_anonymous() -> None:
    with connected(user=None, password=None, allowed_mechs="ANONYMOUS") as connection:
        try:
            connection.create_sender("proton-plain")
        except LinkDetached as error:
            if "unauthorized-access" not in str(error):
                raise
        else:
            raise AssertionError("a link was attached without a token")


def types() -> None:
    properties = {
        "text": "x",
        "number": 5,
        "real": 1.5,
        "truth": True,
        "nothing": None,
        "id": uuid.UUID(int=7),
        "ulong": ulong(2**64 - 1),
        "unicode": "é\U0001f600",
    }
    message = Message(body={"a": [1, 2, {"b": None}]}, id="m1", subject="s", correlation_id="c", properties=properties)
    message.reply_to, message.content_type, message.ttl, message.durable = "r", symbol("application/x"), 60.0, True
    message.annotations = {symbol("x-opt-mine"): "kept"}
    with connected() as connection:
        sent(connection, "proton-types", message, Message(body=b"bytes"), Message(body=None, inferred=True))
        receiver = connection.create_receiver("proton-types", credit=3)
        found = receiver.receive(timeout=WAIT)
        receiver.accept()
        expect(found.properties, properties)
        expect([found.id, found.subject, found.correlation_id, found.reply_to], ["m1", "s", "c", "r"])
        expect([found.content_type, found.ttl, found.body], ["application/x", 60.0, {"a": [1, 2, {"b": None}]}])
        expect(found.annotations[symbol("x-opt-mine")], "kept")
        expect(found.annotations[symbol("x-opt-sequence-number")], 1)
        found = receiver.receive(timeout=WAIT)
        expect(bytes(found.body), b"bytes")
        receiver.accept()
        found = receiver.receive(timeout=WAIT)
        expect(found.body, None)
        receiver.accept()


def settle() -> None:
    with connected() as connection:
        sent(connection, "proton-settle", Message(body="one"))
        receiver = connection.create_receiver("proton-settle", credit=1)
        expect(receiver.receive(timeout=WAIT).delivery_count, 0)
        receiver.release(delivered=False)
        expect(receiver.receive(timeout=WAIT).delivery_count, 0)
        receiver.release(delivered=True)
        expect(receiver.receive(timeout=WAIT).delivery_count, 1)
        receiver.reject()
        dead = connection.create_receiver("proton-settle/$deadletterqueue", credit=1)
        expect(dead.receive(timeout=WAIT).body, "one")
        dead.accept()


def drain() -> None:
    with connected() as connection:
        sent(connection, "proton-drain", Message(body="a"), Message(body="b"))
        receiver = connection.create_receiver("proton-drain", credit=0)
        receiver.link.drain(10)
        connection.wait(lambda: len(receiver.fetcher.incoming) == 2, msg="two messages", timeout=WAIT)
        connection.wait(lambda: not receiver.link.draining(), msg="draining", timeout=WAIT)
        expect(receiver.link.credit, 0)
        expect([receiver.fetcher.pop().body for _ in range(2)], ["a", "b"])


def links() -> None:
    with connected() as connection:
        senders = [connection.create_sender(f"proton-link-{at}") for at in range(3)]
        receivers = [connection.create_receiver(f"proton-link-{at}", credit=5) for at in range(3)]
        for at, sender in enumerate(senders):
            sender.send(Message(body=at), timeout=WAIT)
        for at, receiver in reversed(list(enumerate(receivers))):
            expect(receiver.receive(timeout=WAIT).body, at)
            receiver.accept()


def sessions_on_a_connection() -> None:
    with connected() as connection:
        session = connection.conn.session()
        session.open()
        other = session.sender("more")
        other.target.address = "proton-two-sessions"
        other.open()
        connection.wait(lambda: other.credit > 0, msg="credit on the second session", timeout=WAIT)
        delivery = other.send(Message(body="second"))
        connection.wait(lambda: delivery.settled or delivery.remote_state, msg="outcome", timeout=WAIT)
        expect(delivery.remote_state, Delivery.ACCEPTED)
        receiver = connection.create_receiver("proton-two-sessions", credit=1)
        expect(receiver.receive(timeout=WAIT).body, "second")
        receiver.accept()


class SessionFilter(Filter):
    """The filter that asks for a session of Service Bus."""

    def __init__(self, name: str | None) -> None:
        super().__init__({symbol("com.microsoft:session-filter"): name})


def session_by_filter() -> None:
    with connected() as connection:
        mine, other = Message(body="mine"), Message(body="other")
        mine.group_id, other.group_id = "s1", "s2"
        sent(connection, "proton-sessions", mine, other)
        receiver = connection.create_receiver("proton-sessions", credit=1, options=SessionFilter("s2"))
        found = receiver.receive(timeout=WAIT)
        expect([found.body, found.group_id], ["other", "s2"])
        receiver.accept()
        following = connection.create_receiver("proton-sessions", credit=1, options=SessionFilter(None), name="next")
        expect(following.receive(timeout=WAIT).body, "mine")
        following.accept()


def large() -> None:
    with connected(max_frame_size=1024) as connection:
        sent(connection, "proton-large", Message(body="x" * 200_000))
        receiver = connection.create_receiver("proton-large", credit=1)
        expect(len(receiver.receive(timeout=WAIT).body), 200_000)
        receiver.accept()


def too_large() -> None:
    with connected() as connection:
        sender = connection.create_sender("proton-large")
        try:
            sender.send(Message(body="x" * 400_000), timeout=WAIT)
        except (LinkDetached, SendException) as error:
            if isinstance(error, LinkDetached) and "message-size-exceeded" not in str(error):
                raise
        else:
            raise AssertionError("it was accepted")


class Settled(LinkOption):
    """Receive and delete."""

    def apply(self, link: Any) -> None:
        link.snd_settle_mode = 1


def receive_and_delete() -> None:
    with connected() as connection:
        sent(connection, "proton-delete", Message(body="once"))
        receiver = connection.create_receiver("proton-delete", credit=1, options=Settled())
        expect(receiver.receive(timeout=WAIT).body, "once")
        receiver.close()


def not_found() -> None:
    with connected() as connection:
        try:
            connection.create_receiver("nowhere")
        except LinkDetached as error:
            if "amqp:not-found" not in str(error):
                raise
        else:
            raise AssertionError("a link to nowhere was attached")


def topic() -> None:
    with connected() as connection:
        sent(connection, "proton-topic", Message(body="all"))
        receiver = connection.create_receiver("proton-topic/Subscriptions/sub", credit=1)
        expect(receiver.receive(timeout=WAIT).body, "all")
        receiver.accept()


def tls() -> None:
    domain = SSLDomain(SSLDomain.MODE_CLIENT)
    domain.set_trusted_ca_db(os.environ["CA"])
    domain.set_peer_authentication(SSLDomain.VERIFY_PEER_NAME)
    with connected(f"amqps://localhost:{os.environ['TLS_PORT']}", ssl_domain=domain) as connection:
        sent(connection, "proton-tls", Message(body="secret"))
        receiver = connection.create_receiver("proton-tls", credit=1)
        expect(receiver.receive(timeout=WAIT).body, "secret")
        receiver.accept()


CAPABILITIES: dict[str, Callable[[], None]] = {
    "SASL PLAIN with the name of the key and the key": sasl_plain,
    "SASL PLAIN with both in the address, escaped": sasl_plain_in_the_address,
    "SASL PLAIN with a wrong key is refused": sasl_plain_refused,
    "SASL ANONYMOUS opens the connection, and no link without a token": sasl_anonymous,
    "properties, annotations and bodies of all types": types,
    "accept, release, modify, reject": settle,
    "receive and delete (sender settled)": receive_and_delete,
    "credit and drain": drain,
    "several links on one connection": links,
    "several AMQP sessions on one connection": sessions_on_a_connection,
    "a session by filter, and the next one": session_by_filter,
    "a message of 200,000 bytes in frames of 1,024": large,
    "a message that is too large": too_large,
    "a topic and its subscription": topic,
    "no such queue is told as amqp:not-found": not_found,
    "AMQP over TLS, the certificate verified": tls,
}


def main() -> None:
    """Play everything, and print a line of JSON for each."""
    for name, act in CAPABILITIES.items():
        detail = ""
        try:
            act()
        except Exception as error:
            detail = f"{type(error).__name__}: {error}"[:300]
        sys.stdout.write(json.dumps({"name": name, "passed": not detail, "detail": detail}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
