from pathlib import Path


def read(path: Path) -> str:
    return path.read_text().strip()
