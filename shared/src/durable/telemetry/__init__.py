"""What services tell about their work: spans of traces, and under which names.

1. Nothing here knows an SDK or an exporter; `durable.adapters.telemetry` takes what is told to wherever it goes.
2. Span ids are derived from what a span is of, like ids of messages: whoever must name the span of a step can compute
   its id before the span has ended, in another process and after a crash.
3. A service without telemetry has no `Tracing` at all: what is off costs one comparison with `None`.
"""
