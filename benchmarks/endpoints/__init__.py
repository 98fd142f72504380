"""What one endpoint costs: processor time of its process for each operation of the real SDK, beside the client's own.

Read `workloads` (what one is), `servicebus_workloads` and `cosmos_workloads` (what is done), `child` (the process).
"""
