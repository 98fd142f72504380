"""Answers of many items: queries, read feeds, change feeds, a page at a time."""
