"""Labelled photos: which files of a folder are photos, and what is on each.

A label is a WordNet id (wnid, e.g. n01514859). It begins the name of the photo's folder or of the photo itself, or a
list gives it: for ILSVRC's validation photos, which lie in one folder, ``val.txt`` as it came with Caffe, or
``LOC_val_solution.csv`` as it comes from Kaggle.
"""

import hashlib
import json
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from manifest import ROOT

LABELS = ROOT / "actions" / "classify" / "labels.json"
WNID = re.compile(r"n[0-9]{8}(?![0-9])")
JPG = {".jpg", ".jpeg", ".jpe", ".jfif"}
KAGGLE_HEADER = "ImageId,PredictionString"

NO_JPG = "no .jpg or .jpeg by its name"
NO_LABEL = "no label: neither the folder nor the name begins with a WordNet id"
OTHER_CLASS = "the label is none of the model's classes"
NOT_READABLE = "cannot be read, such as a link that leads nowhere"
NOT_LISTED = "not in the list"
NOT_THERE = "in the list, but there is no such file, or several"

ORDER = (
    "Indices count from 0 to 999 in the order of the WordNet ids, as Keras and Caffe's val.txt have them. The numbers "
    "1 to 1000 of ILSVRC's development kit are in another order: take val.txt, or a list of WordNet ids."
)


class Unusable(Exception):
    """What is wrong with the folder or the list, and what was expected."""


class Label(NamedTuple):
    wnid: str
    name: str


class Photo(NamedTuple):
    """``name`` is the path below the folder; ``version`` changes when the file does."""

    name: str
    path: Path
    version: str
    class_index: int


class Dataset(NamedTuple):
    """Photos to ask for, and by the reason the names of files that are not asked for."""

    photos: list[Photo]
    left_out: dict[str, list[str]]


def labels() -> list[Label]:
    """The classes in the order of the network's output."""
    return [Label(*row) for row in json.loads(LABELS.read_text("utf-8"))]


def read(folder: Path, listed: Path | None, known: Iterable[Label]) -> Dataset:
    """The labelled photos below ``folder``, in an order that is random and always the same: the first so many of them
    are a sample of all. Raises ``Unusable``."""
    if not folder.is_dir():
        raise Unusable(f"DATA: expected a folder of labelled photos, but {str(folder)!r} is none")
    classes = {label.wnid: index for index, label in enumerate(known)}
    names = sorted(names_below(folder))
    try:
        found, left_out = from_list(listed.read_text("utf-8"), names, classes) if listed else from_names(names, classes)
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(f"LIST: {listed} cannot be read as text: {error}") from error
    photos = []
    for name in sorted(found, key=shuffled):
        try:
            photos.append(photo(folder, name, found[name]))
        except OSError:
            left_out.setdefault(NOT_READABLE, []).append(name)
    if not photos:
        raise Unusable(nothing_found(folder, left_out))
    return Dataset(photos, left_out)


def names_below(folder: Path) -> Iterator[str]:
    """Every file but hidden ones, with slashes; links to folders are followed."""
    for place, folders, files in os.walk(folder, followlinks=True):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from ((Path(place) / name).relative_to(folder).as_posix() for name in files if not name.startswith("."))


def photo(folder: Path, name: str, class_index: int) -> Photo:
    path = folder / name
    stat = path.stat()
    return Photo(name, path, f"{stat.st_size}-{stat.st_mtime_ns}", class_index)


def shuffled(name: str) -> bytes:
    """A key to sort by."""
    return hashlib.sha256(name.encode(errors="surrogateescape")).digest()


def nothing_found(folder: Path, left_out: Mapping[str, list[str]]) -> str:
    there = "; ".join(f"{len(names)} files: {reason} ({names[0]} for instance)" for reason, names in left_out.items())
    expected = "<wnid>/photo.jpg, <wnid>_name.jpg, or LIST=file with lines `photo.jpg <wnid or index>`"
    return f"{folder} has no labelled photo. Expected {expected}. Found: {there or 'no file at all'}."


# By names


def from_names(names: Iterable[str], classes: Mapping[str, int]) -> tuple[dict[str, int], dict[str, list[str]]]:
    """The class index of each photo that its folder or else its own name tells, and the others by their reason."""
    found: dict[str, int] = {}
    left_out: dict[str, list[str]] = {}
    for name in names:
        wnid = wnid_of(name)
        if not is_jpg(name):
            left_out.setdefault(NO_JPG, []).append(name)
        elif wnid is None:
            left_out.setdefault(NO_LABEL, []).append(name)
        elif wnid not in classes:
            left_out.setdefault(OTHER_CLASS, []).append(name)
        else:
            found[name] = classes[wnid]
    return found, left_out


def is_jpg(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in JPG


def wnid_of(name: str) -> str | None:
    """The WordNet id that begins the nearest folder that has one, else that of the file."""
    path = PurePosixPath(name)
    for part in (*(parent.name for parent in path.parents), path.name):
        if match := WNID.match(part):
            return match[0]
    return None


# By a list


def from_list(
    text: str, names: Collection[str], classes: Mapping[str, int]
) -> tuple[dict[str, int], dict[str, list[str]]]:
    """As ``from_names``, by a list of files and labels. Raises ``Unusable`` at a line that is none."""
    there = by_every_name(names)
    found: dict[str, int] = {}
    left_out: dict[str, list[str]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#") or line.strip() == KAGGLE_HEADER:
            continue
        file, label = entry(line, number)
        index = class_index(label, classes, number)
        name = there.get(file) or there.get(PurePosixPath(file).name)
        if name is None:
            left_out.setdefault(NOT_THERE, []).append(file)
        elif index is None:
            left_out.setdefault(OTHER_CLASS, []).append(name)
        else:
            found[name] = index

    for name in {*names} - {*found, *left_out.get(OTHER_CLASS, [])}:
        left_out.setdefault(NOT_LISTED if is_jpg(name) else NO_JPG, []).append(name)
    return found, {reason: sorted(files) for reason, files in left_out.items()}


def by_every_name(names: Collection[str]) -> dict[str, str | None]:
    """Each photo by its path, its file name and its file name without suffix; None where that is not one photo."""
    short: dict[str, str | None] = {}
    for name in names:
        for ending in {PurePosixPath(name).name, PurePosixPath(name).stem}:
            short[ending] = None if ending in short else name
    return short | {name: name for name in names}


def entry(line: str, number: int) -> tuple[str, str]:
    """File and label of one line: ``file label``, or ``file,label more``."""
    parts = line.split(",", 1) if "," in line else line.rsplit(None, 1)
    if len(parts) != 2 or not parts[1].strip():
        raise Unusable(f"LIST, line {number}: expected a file and its label, but got {line[:80]!r}. {ORDER}")
    return parts[0].strip(), parts[1].split()[0]


def class_index(label: str, classes: Mapping[str, int], number: int) -> int | None:
    """None for a WordNet id of another class. Raises ``Unusable`` for what is neither WordNet id nor index."""
    if WNID.fullmatch(label):
        return classes.get(label)
    if label.isdecimal() and int(label) < len(classes):
        return int(label)
    expected = f"a WordNet id or an index from 0 to {len(classes) - 1}"
    raise Unusable(f"LIST, line {number}: expected {expected}, but got {label[:80]!r}. {ORDER}")
