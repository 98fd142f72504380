"""Reads Bicep, and works out what it would deploy: `source` reads a file, `expansion` follows it from `main.bicep` on.

It knows as much of the language as the project's own files use, and says where it does not: it is no compiler.
"""
