"""The benchmarks: the workloads that durable engines are compared by, over the whole real stack.

Read `workloads` (what is done), `driver` (how it is asked for and awaited), `meter` (what it costs).
"""
