import sys

from durable.worker import ActivityContext, Worker
from durable.worker.run import main
from tests.docs.greetings.contracts import GREET, Greeting, Visitor

worker = Worker("greetings")


@worker.handles(GREET)
async def greet(visitor: Visitor, ctx: ActivityContext) -> Greeting:
    ctx.log.info("greeting a visitor")  # use ctx.idempotency_key where an effect must not happen twice
    return Greeting(text=f"Hello, {visitor.name}!")


if __name__ == "__main__":
    sys.exit(main(worker, "contracts"))
