"""The documents worker: looks into PDFs, takes pages out of them, turns documents into Markdown."""
