"""SQLite underneath: one file, one connection, one writer."""
