"""The code of docs/how-to/see-what-a-run-costs.md."""
