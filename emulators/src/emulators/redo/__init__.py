"""The redo log of both endpoints: what is on the disk before anybody is told, and is done again after a crash."""
