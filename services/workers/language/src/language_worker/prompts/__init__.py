"""Prompts as code: each in a file of its own, its released versions never changed; what fills them in."""
