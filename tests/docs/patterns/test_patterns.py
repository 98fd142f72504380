import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.http import CALL_HTTP, HttpResponse
from durable import Status
from durable.cloudevent import CloudEvent
from durable.testing import SagaEnvironment
from tests.docs.patterns import (
    approval,
    branches,
    cancelling,
    chain,
    children,
    compensation,
    correlation,
    eternal,
    fan_out,
    one_at_a_time,
    patching,
    polling,
    progress,
    race,
    sharing,
    shop,
    web_call,
)

HERE = Path(__file__).parent
PAGE = (HERE.parents[2] / "docs" / "how-to" / "patterns.md").read_text()
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILES = sorted(path for path in HERE.glob("*.py") if path.name not in {"__init__.py", "test_patterns.py"})
HOUR = timedelta(hours=1)
ORDER = shop.Order(id="o1", items=["tea", "cup"], amount=3)


class OutOfStock(Exception):
    pass


def ship(item: str) -> str:
    if item == "moon":
        raise OutOfStock(item)
    return f"parcel of {item}"


def shop_of(*sagas: Any, **handlers: Callable[..., Any]) -> SagaEnvironment:
    known: dict[Any, Callable[..., Any]] = {
        shop.RESERVE: lambda item: f"reserved {item}",
        shop.RELEASE: lambda _: None,
        shop.CHARGE: lambda order: shop.Receipt(order=order.id, total=order.amount),
        shop.REFUND: lambda _: None,
        shop.SHIP: ship,
        shop.PRICE: len,
        shop.TRACK: lambda _: "delivered",
    }
    known |= {
        activity: handlers[activity.name.partition(".")[2]] for activity in known if activity.name[5:] in handlers
    }
    return SagaEnvironment(sagas=list(sagas), handlers=known)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_page_shows_the_code_that_is_run_here(file: Path) -> None:
    code = file.read_text().replace("from tests.docs.patterns import shop", "import shop")

    assert code in BLOCK.findall(PAGE)


def test_a_chain() -> None:
    env = shop_of(chain.checkout)
    run = env.start(chain.checkout, ORDER)
    env.settle()

    assert run.result == shop.Receipt(order="o1", total=3)


def test_a_fan_out() -> None:
    env = shop_of(fan_out.price_all)
    run = env.start(fan_out.price_all, ["a", "bb", "ccc", "dddd"])
    env.settle()

    assert run.result == 10


def test_a_race() -> None:
    env = shop_of(race.quickest)
    run = env.start(race.quickest, "tea")
    env.settle()

    assert run.result == "shipped: parcel of tea"


def test_what_sagas_share() -> None:
    env = shop_of(sharing.sell_over_the_counter, sharing.sell_by_mail)
    sold = env.start(sharing.sell_over_the_counter, ORDER)
    not_sold = env.start(sharing.sell_by_mail, shop.Order(id="o2", items=["moon"]))
    env.settle()

    assert (sold.result, sold.custom_status) == (shop.Receipt(order="o1", total=3), "sold")
    assert (not_sold.status, not_sold.custom_status) == (Status.COMPENSATED, "not sold: moon")
    assert not_sold.tags == {"order": "o2"}


def test_branches() -> None:
    env = shop_of(branches.two_warehouses)
    run = env.start(branches.two_warehouses, ["tea", "cup"])
    env.settle()

    assert run.result == ["parcel of reserved tea", "parcel of reserved cup"]


def test_children() -> None:
    env = shop_of(children.big_order, children.one_parcel, children.survey)
    run = env.start(children.big_order, ORDER)
    env.settle()
    env.advance(timedelta(days=8))

    assert run.result == ["parcel of reserved tea", "parcel of reserved cup"]
    assert env.effects[-1][0] == shop.TRACK.name


def test_an_eternal_saga() -> None:
    env = shop_of(eternal.stock)
    run = env.start(eternal.stock, 10, instance_id="a")
    env.settle()
    for _ in range(250):
        env.raise_event("a", "moved", 1)
    env.settle()

    assert run.kinds["ContinuedAsNew"] == 2
    assert run.custom_status == {"count": 260}


@pytest.mark.parametrize(("days", "decision"), [(1, "yes"), (3, "yes"), (9, None)])
def test_an_approval(days: int, decision: str | None) -> None:
    env = shop_of(approval.large_refund)
    run = env.start(approval.large_refund, shop.Receipt(order="o1", total=900), instance_id="a")
    env.advance(timedelta(days=days))
    if decision is not None:
        env.raise_event("a", "refund-approval", decision)
    env.settle()

    assert run.result == (decision or "nobody decided")


def test_polling() -> None:
    states = iter(["packed", "on its way", "delivered"])
    env = shop_of(polling.tracking, track=lambda _: next(states))
    run = env.start(polling.tracking, "p1")
    env.advance(3 * HOUR)

    assert run.result == "delivered"


def test_compensation() -> None:
    env = shop_of(compensation.order)
    run = env.start(compensation.order, shop.Order(id="moon", items=["tea", "cup"], amount=3))
    env.settle()

    assert run.status is Status.COMPENSATED
    assert [name for name, *_ in env.effects][-3:] == ["shop.refund", "shop.release", "shop.release"]


def test_cancelling() -> None:
    env = shop_of(cancelling.hold)
    run = env.start(cancelling.hold, "tea", instance_id="a")
    env.settle()
    env.cancel("a")
    env.settle()

    assert run.status is Status.CANCELLED
    assert env.effects[-1][:2] == ("shop.release", "parcel of reserved tea")


def test_correlation() -> None:
    event = CloudEvent(id="1", source="/shop", type="order.placed", data={"id": "o1", "amount": 3})
    assert correlation.payment.starts_if is not None
    assert correlation.payment.starts_if(event)

    env = shop_of(correlation.payment)
    env.raise_event("payment:o1", "captured", {"order": {"id": "o1"}})
    env.settle()
    run = env.start(correlation.payment, ORDER, instance_id="payment:o1")
    env.settle()

    assert run.result == "o1 captured"


def test_patching() -> None:
    env = shop_of(patching.greeting_card)
    run = env.start(patching.greeting_card, "tea")
    env.settle()

    assert run.kinds["PatchMarked"] == 1


def test_progress() -> None:
    env = shop_of(progress.stock_taking)
    run = env.start(progress.stock_taking, ["tea", "cup"])
    env.settle()

    assert run.result == 6
    assert run.custom_status == {"percent": 50}


def test_a_call_of_a_web_service() -> None:
    handlers = {CALL_HTTP: lambda request: HttpResponse(status=200, headers={}, body=request.body)}
    env = SagaEnvironment(sagas=[web_call.ask_partner], handlers=handlers)
    run = env.start(web_call.ask_partner, "o1")
    env.settle()

    assert run.result == {"id": "o1"}


def test_one_at_a_time() -> None:
    inside: list[str] = []

    def ship_and_note(order: str) -> str:
        inside.append(order)
        return order

    env = shop_of(one_at_a_time.turnstile, one_at_a_time.change_order, ship=ship_and_note)
    runs = [env.start(one_at_a_time.change_order, "o1", instance_id=name) for name in "abc"]
    env.settle()
    assert inside == []
    env.start(one_at_a_time.turnstile, one_at_a_time.Turnstile(), instance_id="turnstile:o1")
    env.settle()

    assert [run.result for run in runs] == ["o1"] * 3
    assert env.run("turnstile:o1").status is Status.RUNNING
