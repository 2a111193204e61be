"""The one file of this host: entities and activation records, in SQLite."""

import json
import sqlite3
from dataclasses import asdict
from pathlib import Path

from localwhisk import Json
from localwhisk.activation import Period
from localwhisk.apis import Api
from localwhisk.entities import Action, Package

SCHEMA = """
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS entities (
    kind TEXT, ident TEXT, document TEXT NOT NULL, code TEXT, PRIMARY KEY (kind, ident));
CREATE TABLE IF NOT EXISTS activations (
    number INTEGER PRIMARY KEY, id TEXT UNIQUE, path TEXT, start INTEGER, row TEXT NOT NULL, document TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS activations_by_start ON activations (start, number);
CREATE INDEX IF NOT EXISTS activations_by_path ON activations (path, start, number);
"""
RECORDS = 12_000  # kept; they hold whole results, pictures included, so that is a gigabyte or two


class StoreError(Exception):
    """The file cannot be opened as a store."""


class Store:
    """Packages, actions and APIs by identifier; activation records by time and identifier of the action. It survives
    being killed at any moment: a write-ahead log, one transaction per change."""

    def __init__(self, file: Path | str, records: int = RECORDS) -> None:
        """Raise ``StoreError`` where another host has ``file``: both would count the same containers as their own."""
        self._records = records
        self._db = sqlite3.connect(file, isolation_level=None, timeout=1)
        self._db.row_factory = lambda _, row: row[0]  # each query asks for one column
        try:
            self._db.executescript(SCHEMA)
        except sqlite3.OperationalError as error:
            self._db.close()
            advice = "does another localwhisk have it? --data takes another folder"
            raise StoreError(f"{file}: {error}; {advice}") from error

    def close(self) -> None:
        self._db.close()

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
        return next(self._db.execute(query, (identifier,)), None)

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
        documents = self._db.execute("SELECT document FROM entities WHERE kind = ? AND ident = ?", (kind, ident))
        return next(map(json.loads, documents), None)

    def _all(self, kind: str, prefix: str = "") -> list[Json]:
        query = "SELECT document FROM entities WHERE kind = ? AND substr(ident, 1, ?) = ? ORDER BY ident"
        return list(map(json.loads, self._db.execute(query, (kind, len(prefix), prefix))))

    def _put(self, kind: str, ident: str, document: Json, code: str | None = None) -> None:
        self._db.execute("REPLACE INTO entities VALUES (?, ?, ?, ?)", (kind, ident, json.dumps(document), code))

    def _delete(self, kind: str, ident: str) -> None:
        self._db.execute("DELETE FROM entities WHERE kind = ? AND ident = ?", (kind, ident))

    # Activation records

    def add_activation(self, identifier: str, row: Json, record: Json) -> None:
        """Keep the ``record`` of an activation of ``identifier``, which listings show as ``row``."""
        values = (record["activationId"], identifier, record["start"], json.dumps(row), json.dumps(record))
        number = self._db.execute("INSERT INTO activations VALUES (NULL, ?, ?, ?, ?, ?)", values).lastrowid or 0
        self._db.execute("DELETE FROM activations WHERE number <= ?", (number - self._records,))

    def activation(self, activation_id: str) -> Json | None:
        documents = self._db.execute("SELECT document FROM activations WHERE id = ?", (activation_id,))
        return next(map(json.loads, documents), None)

    def activations(self, period: Period, limit: int, skip: int, docs: bool) -> list[Json]:
        """The records (``docs``) or the rows of a ``period``, newest first."""
        column = "document" if docs else "row"
        query = f"""
            SELECT {column} FROM activations WHERE {condition(period)}
            ORDER BY start DESC, number DESC LIMIT :limit OFFSET :skip"""  # noqa: S608 - no text from outside in it
        return list(map(json.loads, self._db.execute(query, {**asdict(period), "limit": limit, "skip": skip})))

    def count_activations(self, period: Period) -> int:
        query = f"SELECT count(*) FROM activations WHERE {condition(period)}"  # noqa: S608
        return int(next(self._db.execute(query, asdict(period))))


def condition(period: Period) -> str:
    """The records of ``period`` as SQL, with the fields of ``period`` as named parameters."""
    started = "start BETWEEN :since_ms AND :upto_ms"
    return f"path = :identifier AND {started}" if period.identifier else started
