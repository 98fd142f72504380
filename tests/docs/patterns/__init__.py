"""The sagas of docs/how-to/patterns.md, run by `test_patterns`."""
