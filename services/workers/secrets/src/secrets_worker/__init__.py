"""Secrets worker: looks secrets up where they are kept; their values never leave it in the clear."""
