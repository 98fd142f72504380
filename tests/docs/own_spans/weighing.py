from opentelemetry import metrics, trace
from pydantic import BaseModel

from durable import Activity
from durable.worker import Worker
from durable.worker.threads import Threads


class Parcel(BaseModel):
    number: str
    hall: str


WEIGH = Activity("parcels.weigh", Parcel, int)
worker = Worker("parcels")
tracer = trace.get_tracer("parcels")
weighed = metrics.get_meter("parcels").create_counter("parcels.weighed")


@worker.handles(WEIGH)
async def weigh(parcel: Parcel, threads: Threads) -> int:
    trace.get_current_span().set_attribute("parcels.hall", parcel.hall)  # on the span of the attempt
    with tracer.start_as_current_span("put on the scales"):
        grams = await threads.run(read_scales, parcel)
    weighed.add(1, {"hall": parcel.hall})
    return grams


def read_scales(parcel: Parcel) -> int:
    with tracer.start_as_current_span("read the scales"):  # beneath the other one, though in a thread
        return 1000 + len(parcel.number)
