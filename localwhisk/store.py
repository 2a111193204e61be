"""The one file of this host: entities and activation records, in SQLite."""

import json
import os
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from localwhisk import Json
from localwhisk.activation import Period
from localwhisk.apis import Api
from localwhisk.entities import Action, Package
from localwhisk.rejection import Rejected

T = TypeVar("T")

SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS entities (
    kind TEXT, ident TEXT, document TEXT NOT NULL, code TEXT, PRIMARY KEY (kind, ident));
CREATE TABLE IF NOT EXISTS activations (
    number INTEGER PRIMARY KEY, id TEXT UNIQUE, path TEXT, start INTEGER, row TEXT NOT NULL, document TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS activations_by_start ON activations (start, number);
CREATE INDEX IF NOT EXISTS activations_by_path ON activations (path, start, number);
"""
# What is behind an error of SQLite, by the beginning of its name (https://sqlite.org/rescode.html).
LIKELY = {
    "SQLITE_BUSY": ": another localwhisk may have it",
    "SQLITE_NOTADB": ": it is damaged, or no store",
    "SQLITE_CORRUPT": ": it is damaged",
    "SQLITE_ERROR": ": it is the store of something else",
    "SQLITE_READONLY": ": the disk may be read-only",
    "SQLITE_CANTOPEN": ": the disk may be read-only",
    "SQLITE_IOERR": ": the disk may be full, or broken",
}
RECORDS = 12_000  # kept; they hold whole results, pictures included, so that is a gigabyte or two


ELSEWHERE = "--data takes another folder"


class StoreError(Rejected):
    """The file cannot be opened as a store, read or written."""

    def __init__(self, message: str) -> None:
        super().__init__(500, message)


class Store:
    """Packages, actions and APIs by identifier; activation records by time and identifier of the action. It survives
    being killed at any moment: a write-ahead log, one transaction per change."""

    def __init__(self, file: Path | str, records: int = RECORDS) -> None:
        """Raise ``StoreError`` where another host has ``file``: both would count the same containers as their own."""
        self._records = records
        try:
            self._db = connection(file)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"{file}: {reason(error)}; {ELSEWHERE}") from error

    def close(self) -> None:
        self._db.close()

    def _execute(self, query: str, values: Sequence[Any] | dict[str, Any] = ()) -> list[Any]:
        """The rows of a query that asks for one column."""
        try:
            return self._db.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise StoreError(f"the store cannot be used: {reason(error)}") from error

    # Entities

    def package(self, name: str) -> Package | None:
        document = self._get("package", name)
        return None if document is None else Package.from_json(document)

    def packages(self) -> list[Package]:
        """All packages, by name."""
        return [Package.from_json(document) for document in self._all("package")]

    def put_package(self, package: Package) -> None:
        self._put("package", package.name, package.as_json())

    def delete_package(self, name: str) -> None:
        self._delete("package", name)

    def action(self, identifier: str) -> Action | None:
        document = self._get("action", identifier)
        return None if document is None else Action.from_json(document)

    def actions(self, package: str | None = None) -> list[Action]:
        """All actions, or those of one ``package``, by identifier."""
        prefix = "" if package is None else f"{package}/"
        return [Action.from_json(document) for document in self._all("action", prefix)]

    def code(self, identifier: str) -> str | None:
        query = "SELECT code FROM entities WHERE kind = 'action' AND ident = ?"
        return first(self._execute(query, (identifier,)))

    def put_action(self, action: Action, code: str | None) -> None:
        self._put("action", action.identifier, action.as_json(), code)

    def delete_action(self, identifier: str) -> None:
        self._delete("action", identifier)

    def api(self, base_path: str) -> Api | None:
        document = self._get("api", base_path)
        return None if document is None else Api.from_json(document)

    def apis(self) -> list[Api]:
        """All APIs, by base path."""
        return [Api.from_json(document) for document in self._all("api")]

    def put_api(self, api: Api) -> None:
        self._put("api", api.base_path, api.as_json())

    def delete_api(self, base_path: str) -> None:
        self._delete("api", base_path)

    def _get(self, kind: str, ident: str) -> Json | None:
        documents = self._execute("SELECT document FROM entities WHERE kind = ? AND ident = ?", (kind, ident))
        return first(map(json.loads, documents))

    def _all(self, kind: str, prefix: str = "") -> list[Json]:
        query = "SELECT document FROM entities WHERE kind = ? AND substr(ident, 1, ?) = ? ORDER BY ident"
        return list(map(json.loads, self._execute(query, (kind, len(prefix), prefix))))

    def _put(self, kind: str, ident: str, document: Json, code: str | None = None) -> None:
        self._execute("REPLACE INTO entities VALUES (?, ?, ?, ?)", (kind, ident, json.dumps(document), code))

    def _delete(self, kind: str, ident: str) -> None:
        self._execute("DELETE FROM entities WHERE kind = ? AND ident = ?", (kind, ident))

    # Activation records

    def add_activation(self, identifier: str, row: Json, record: Json) -> None:
        """Keep the ``record`` of an activation of ``identifier``, which listings show as ``row``."""
        values = (record["activationId"], identifier, record["start"], as_text(row), as_text(record))
        self._execute("INSERT INTO activations VALUES (NULL, ?, ?, ?, ?, ?)", values)
        self._execute("DELETE FROM activations WHERE number <= last_insert_rowid() - ?", (self._records,))

    def activation(self, activation_id: str) -> Json | None:
        documents = self._execute("SELECT document FROM activations WHERE id = ?", (activation_id,))
        return first(map(json.loads, documents))

    def activation_rows(self, period: Period, limit: int, skip: int) -> list[Json]:
        """The rows of a ``period``, newest first."""
        return list(map(json.loads, self._newest("row", period, limit, skip)))

    def activation_numbers(self, period: Period, limit: int, skip: int) -> list[int]:
        """The numbers of the same records, to ask for one after the other: together they can be very long."""
        return self._newest("number", period, limit, skip)

    def activation_document(self, number: int) -> str | None:
        """The JSON of a record; None if it is no longer kept."""
        return first(self._execute("SELECT document FROM activations WHERE number = ?", (number,)))

    def _newest(self, column: str, period: Period, limit: int, skip: int) -> list[Any]:
        query = f"""
            SELECT {column} FROM activations WHERE {condition(period)}
            ORDER BY start DESC, number DESC LIMIT :limit OFFSET :skip"""  # noqa: S608 - no text from outside in it
        return self._execute(query, {**asdict(period), "limit": limit, "skip": skip})

    def count_activations(self, period: Period) -> int:
        query = f"SELECT count(*) FROM activations WHERE {condition(period)}"  # noqa: S608
        return int(self._execute(query, asdict(period))[0])


def connection(file: Path | str) -> sqlite3.Connection:
    """The open store in ``file``, which only its owner can read: it holds parameters and results in clear."""
    if file != ":memory:":
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
        Path(file).chmod(0o600)

    db = sqlite3.connect(file, isolation_level=None, timeout=1)
    db.row_factory = lambda _, row: row[0]  # each query asks for one column
    try:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        if next(db.execute("SELECT count(*) FROM sqlite_master")):  # else it would become one
            db.execute("SELECT kind, ident, document, code FROM entities LIMIT 0")
            db.execute("SELECT number, id, path, start, row, document FROM activations LIMIT 0")
        db.executescript(SCHEMA)
    except sqlite3.Error:
        db.close()
        raise
    return db


def reason(error: OSError | sqlite3.Error) -> str:
    """What is wrong with the file, as far as it can be told."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    name = getattr(error, "sqlite_errorname", "")
    likely = next((sentence for beginning, sentence in LIKELY.items() if name.startswith(beginning)), "")
    return f"{error}{likely}"


def first(found: Iterable[T]) -> T | None:
    return next(iter(found), None)


def as_text(document: Json) -> str:
    """JSON as it is answered, too: the keys sorted."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


def condition(period: Period) -> str:
    """The records of ``period`` as SQL, with the fields of ``period`` as named parameters."""
    started = "start BETWEEN :since_ms AND :upto_ms"
    return f"path = :identifier AND {started}" if period.identifier else started
