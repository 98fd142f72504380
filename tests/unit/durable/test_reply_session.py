import orjson
import pytest

from durable.errors import UndecodableMessage
from durable.messages import REPLY_SESSION, Command
from tests.support.worker_world import a_command


@pytest.mark.parametrize("session", ["", "9" * 129])
def test_a_command_whose_answer_no_session_could_take_is_no_command(session: str) -> None:
    message = a_command("texts.shout", {"text": "a"}).to_message("1")
    assert orjson.loads(message.body)["v"] == 1
    with pytest.raises(UndecodableMessage, match=REPLY_SESSION):
        Command.from_message(message.body, {**message.properties, REPLY_SESSION: session})
