"""Zips of actions, made in memory."""

import io
import zipfile


def zipped(files: dict[str, str]) -> bytes:
    """A zip of the texts ``files`` by their names."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return content.getvalue()
