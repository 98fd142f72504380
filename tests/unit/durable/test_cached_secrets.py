import asyncio
from datetime import timedelta

import pytest

from durable.adapters.memory import ManualClock
from durable.errors import InvalidName, RetryAfter, SecretNotFound, SecretRefused, SecretsUnavailable
from durable.failure import failure_of
from durable.secrets import CachedSecrets, Secret
from durable.secrets.cached import KEPT_MAX

VALUE = "basalt-oriole-33"
MINUTE = timedelta(minutes=1)


class Vault:
    """A source whose secrets say how often they were asked for."""

    vault = "https://test.vault.azure.net"

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.asked: list[tuple[str, str | None]] = []

    async def read(self, name: str, version: str | None) -> Secret:
        self.asked.append((name, version))
        await asyncio.sleep(0)
        if self.errors:
            raise self.errors.pop(0)
        return Secret(f"{VALUE}-{len(self.asked)}", name=name, version=version, vault=self.vault)

    async def close(self) -> None:
        self.asked.append(("closed", None))


def secrets(vault: Vault, kept: timedelta = MINUTE) -> tuple[CachedSecrets, ManualClock]:
    clock = ManualClock()
    return CachedSecrets(vault, clock, kept), clock


async def test_a_secret_is_asked_for_once_until_its_time_is_over() -> None:
    vault = Vault()
    cached, clock = secrets(vault)

    first = await cached.get("a")
    clock.advance(MINUTE - timedelta(seconds=1))
    second = await cached.get("a")
    clock.advance(timedelta(seconds=1))
    third = await cached.get("a")

    assert (first.reveal(), second.reveal(), third.reveal()) == (f"{VALUE}-1", f"{VALUE}-1", f"{VALUE}-2")


async def test_who_asks_at_the_same_time_is_answered_by_one_question() -> None:
    vault = Vault()
    cached, _ = secrets(vault)

    await asyncio.gather(*(cached.get("a") for _ in range(10)), cached.get("b"), cached.get("a", "1"))

    assert sorted(vault.asked, key=str) == [("a", "1"), ("a", None), ("b", None)]


async def test_one_that_gives_up_waiting_does_not_harm_the_others() -> None:
    vault = Vault()
    cached, _ = secrets(vault)
    first, second = (asyncio.create_task(cached.get("a")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()

    assert (await second).name == "a"


async def test_nothing_is_kept_if_the_setting_says_so() -> None:
    vault = Vault()
    cached, _ = secrets(vault, timedelta(0))

    await cached.get("a")
    await cached.get("a")

    assert len(vault.asked) == 2


async def test_what_is_kept_is_bounded() -> None:
    vault = Vault()
    cached, _ = secrets(vault)
    for number in range(KEPT_MAX + 1):
        await cached.get(f"s-{number}")

    await cached.get("s-1")
    await cached.get("s-0")

    assert len(vault.asked) == KEPT_MAX + 2


@pytest.mark.parametrize(
    "error",
    [SecretNotFound("a", None, "v"), SecretRefused("a", "v", "it is disabled"), SecretsUnavailable("v", "status 500")],
)
async def test_an_error_of_ours_passes_through_and_is_not_kept(error: Exception) -> None:
    cached, _ = secrets(Vault(error))

    with pytest.raises(type(error), match=r"found none|disabled|500"):
        await cached.get("a")

    assert (await cached.get("a")).name == "a"


async def test_an_error_of_a_vendor_is_told_by_its_class_alone() -> None:
    cached, _ = secrets(Vault(RuntimeError(f"bad value {VALUE}")))

    with pytest.raises(SecretsUnavailable, match=r"vault\.azure\.net to answer; found RuntimeError") as raised:
        await cached.get("a")

    assert VALUE not in repr(failure_of(raised.value))
    assert raised.value.__context__ is None


async def test_a_vault_that_asks_for_time_is_given_it_in_words_of_our_own() -> None:
    cached, _ = secrets(Vault(RetryAfter(MINUTE, f"bad value {VALUE}")))

    with pytest.raises(RetryAfter, match="asks to be left alone for 0:01:00") as raised:
        await cached.get("a")

    assert raised.value.delay == MINUTE
    assert VALUE not in repr(failure_of(raised.value))


@pytest.mark.parametrize(("name", "version"), [("../a", None), ("a", "../../keys/b"), ("a", "..")])
async def test_a_name_that_no_vault_takes_is_not_asked_for(name: str, version: str | None) -> None:
    vault = Vault()
    cached, _ = secrets(vault)

    with pytest.raises(InvalidName):
        await cached.get(name, version)

    assert vault.asked == []


async def test_closing_closes_the_source() -> None:
    vault = Vault()
    cached, _ = secrets(vault)

    await cached.close()

    assert vault.asked == [("closed", None)]
