from durable import SagaContext, saga
from durable.testing import SagaEnvironment
from durable.testing.mode import Mode


@saga("quick")
async def quick(ctx: SagaContext) -> int:
    return 1


def test_an_event_given_at_the_start_is_in_the_history_also_when_the_saga_ends_at_once() -> None:
    for mode in Mode:
        env = SagaEnvironment(sagas=[quick], handlers={}, mode=mode)
        run = env.start(quick, instance_id="a", event=("note", 1))
        env.settle()

        assert run.kinds["EventReceived"] == 1
        assert env.get("a").unread_events == 1
