"""The HTTP surface of the protocol: header names and messages."""
