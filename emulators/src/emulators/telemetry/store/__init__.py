"""What is kept, in one SQLite file, and what keeps it small."""
