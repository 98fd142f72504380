"""Crash-point checking: a saga under every way in which a process, the broker or the store may fail it.

Read `faults` (what can go wrong where), `mortal` (ports that make it go wrong), `world` (one run under one schedule),
`invariants` (what must hold whatever happened), `search` (which schedules are tried) and `explore` (the entry).
"""
