"""A long run of both endpoints at full speed, and whether they stay as they are: `make soak`.

Read `bus_clients` and `cosmos_clients` (what is done), `samples` (what is looked at), `verdict` (what is judged).
"""
