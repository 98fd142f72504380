import asyncio
import sys
import time

from durable import Cancelled
from durable.worker import ActivityContext, Worker
from durable.worker.run import main
from tests.docs.long_running.contracts import COUNT, GRADE, PAY, RATE, RENDER, Film, Reel

worker = Worker("films")


@worker.handles(RENDER)
async def render(film: Film, ctx: ActivityContext) -> Reel:
    done = list(ctx.last_heartbeat) if isinstance(ctx.last_heartbeat, list) else []
    for number in range(len(done), film.scenes):
        if ctx.cancelled or ctx.shutting_down:
            raise Cancelled
        await asyncio.sleep(30)  # renders a scene
        done.append(f"{film.name}, scene {number + 1}")
        ctx.heartbeat(done)  # the next attempt goes on from here
    return Reel(scenes=done)


@worker.handles(GRADE)
def grade(film: Film, ctx: ActivityContext) -> Film:
    for scene in range(film.scenes):
        time.sleep(0.001)  # grades a scene
        ctx.heartbeat(scene)  # raises Cancelled once the attempt has timed out, which no thread notices by itself
    return film


@worker.handles(RATE)
async def ask_for_rating(film: Film, ctx: ActivityContext) -> str:
    ctx.log.info("rate %s by token %s", film.name, ctx.complete_later())
    return ""  # is ignored: whoever has the token says how it ends


@worker.handles(COUNT, run_in="process")
def count_frames(film: Film) -> int:
    return sum(1440 for _ in range(film.scenes))


@worker.handles(PAY)
async def pay(film: Film) -> str:
    return f"paid for {film.name}"


if __name__ == "__main__":
    sys.exit(main(worker, "contracts"))
