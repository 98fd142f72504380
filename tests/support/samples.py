from pathlib import Path

FILES = Path(__file__).resolve().parents[2] / "samples" / "files"


def sample(name: str) -> bytes:
    return (FILES / name).read_bytes()
