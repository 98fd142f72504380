"""The broker core: queues, topics, sessions, locks and schedules.

1. Nothing here opens a socket, reads a clock or touches a disk: the time is an argument, what must be stored is noted
   in `Changes`.
2. A point in time is an integer: milliseconds since the epoch, as it travels in the protocol. A span is milliseconds
   too.
3. Message bodies are opaque bytes.
"""
