"""The spans of what a partition host did: derived from its turns, as messages are, and told when they are committed.

1. Everything but `telling` is pure: events, whose they are, and times that are given; no clock, no I/O. So the spans of
   a turn are the same whether they are told live, again by the next owner, or from the history of a run that failed.
2. Spans have derived ids. Whoever scheduled an attempt names its span, which is told when its answer is committed.
3. A replay tells nothing. A turn that was perhaps never sent is told again with its messages, under the same ids.

Read `run_trace` (where the spans of an execution stand), `turns` (the spans of a turn), `endings` (what an execution
leaves), `histories` (the same from a stored history), `commits`; then `telling`.
"""
