from durable.testing import SagaEnvironment
from tests.typing.declared import HOUR, RESERVE, Card, Order, Reservation, buy, sweep


def tests(env: SagaEnvironment, order: Order) -> None:
    env.start(buy, Card(number="1"))  # error: misc
    env.start(buy)  # error: arg-type
    env.start(sweep, order)  # error: misc
    env.start(RESERVE, order)  # error: call-overload
    reservation: Reservation = env.start(buy, order).result  # error: assignment
    total: str = env.start(sweep).result  # error: assignment
    env.start(buy, order).results  # error: attr-defined
    env.advance(3600)  # error: arg-type
    env.settle(HOUR)  # error: call-arg
    SagaEnvironment(buy)  # error: arg-type
    SagaEnvironment([buy], mode="cold")  # error: arg-type
