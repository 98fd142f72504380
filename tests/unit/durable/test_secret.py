import copy
import json
import pickle
from dataclasses import asdict, dataclass

import orjson
import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from durable import Activity
from durable.errors import InvalidName
from durable.payload import decode_payload, encode_payload
from durable.secrets import Secret, check_secret_name

VALUE = "opal-rivulet-81"
SECRET = Secret(VALUE, name="api-token", version="7", vault="file")


class Holding(BaseModel):
    secret: Secret


@dataclass
class HoldingToo:
    secret: Secret


def test_its_texts_name_it_and_never_show_it() -> None:
    texts = [str(SECRET), repr(SECRET), f"{SECRET}", f"{SECRET!r:>90}", f"{[SECRET]}", "%s" % SECRET]  # noqa: UP031

    assert all("api-token" in text and VALUE not in text for text in texts)


def test_its_value_is_had_by_asking_for_it() -> None:
    assert SECRET.reveal() == VALUE


def test_neither_copies_nor_models_show_it() -> None:
    held = Holding(secret=SECRET)

    assert copy.copy(SECRET) is copy.deepcopy(SECRET) is SECRET
    assert asdict(HoldingToo(SECRET)) == {"secret": SECRET}
    assert VALUE not in repr(held) + str(held) + str(held.model_dump())


@pytest.mark.parametrize(
    "write",
    [
        pickle.dumps,
        json.dumps,
        orjson.dumps,
        lambda secret: Holding(secret=secret).model_dump_json(),
        lambda secret: TypeAdapter(object).dump_json(secret),
        lambda secret: encode_payload(secret, Secret),
        lambda secret: encode_payload({"a": secret}, object),
        lambda secret: encode_payload(Holding(secret=secret), Activity("a.b", Holding, Holding).output),
    ],
)
def test_it_can_be_neither_pickled_nor_written_as_json(write: object) -> None:
    assert callable(write)

    with pytest.raises((TypeError, PydanticSerializationError)) as refused:
        write(SECRET)

    assert VALUE not in str(refused.value)


def test_it_is_not_read_from_json() -> None:
    with pytest.raises(ValidationError):
        decode_payload(VALUE, Secret)


@pytest.mark.parametrize("name", ["", "a_b", "a/b", "a b", "x" * 128, "ä"])
def test_names_are_those_that_a_key_vault_takes(name: str) -> None:
    with pytest.raises(InvalidName, match="1 to 127 letters, digits and hyphens"):
        check_secret_name(name)
