"""Placeholder: see ARCHITECTURE.md."""
