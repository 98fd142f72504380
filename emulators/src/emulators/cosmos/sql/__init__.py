"""The query language: the part of it that this endpoint understands, and errors that name the rest."""
