"""The one file of this host: entities and activation records, in SQLite."""

import json
import sqlite3
from pathlib import Path

from localwhisk import Json
from localwhisk.containers.container import CannotStart

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
ALL, OF_PATH = "start BETWEEN :since AND :upto", "path = :path AND start BETWEEN :since AND :upto"
FOREVER_MS = 2**62
RECORDS = 12_000  # kept; they hold whole results, pictures included, so that is a gigabyte or two


class Store:
    """Documents by kind (``package``, ``action``, ``api``) and identifier; activation records by time and path. It
    survives being killed at any moment: a write-ahead log, one transaction per change."""

    def __init__(self, file: Path | str, records: int = RECORDS) -> None:
        """Raise ``CannotStart`` where another host has ``file``: both would count the same containers as their own."""
        self._db, self._records = sqlite3.connect(file, isolation_level=None, timeout=1), records
        self._db.row_factory = lambda _, row: row[0]  # each query asks for one column
        try:
            self._db.executescript(SCHEMA)
        except sqlite3.OperationalError as error:
            self._db.close()
            advice = "does another localwhisk have it? --data takes another folder"
            raise CannotStart(f"{file}: {error}; {advice}") from error
        self.close = self._db.close

    def get(self, kind: str, ident: str) -> Json | None:
        found = self._db.execute("SELECT document FROM entities WHERE kind = ? AND ident = ?", (kind, ident))
        return next(map(json.loads, found), None)

    def code(self, ident: str) -> str | None:
        return next(self._db.execute("SELECT code FROM entities WHERE kind = 'action' AND ident = ?", (ident,)), None)

    def put(self, kind: str, ident: str, document: Json, code: str | None = None) -> None:
        self._db.execute("REPLACE INTO entities VALUES (?, ?, ?, ?)", (kind, ident, json.dumps(document), code))

    def delete(self, kind: str, ident: str) -> None:
        self._db.execute("DELETE FROM entities WHERE kind = ? AND ident = ?", (kind, ident))

    def all(self, kind: str, prefix: str = "") -> list[Json]:
        """Every document of ``kind`` whose identifier starts with ``prefix``, by identifier."""
        query = "SELECT document FROM entities WHERE kind = ? AND substr(ident, 1, ?) = ? ORDER BY ident"
        return list(map(json.loads, self._db.execute(query, (kind, len(prefix), prefix))))

    def add_activation(self, path: str, row: Json, record: Json) -> None:
        """Keep ``record``, listed as ``row`` and found by ``path`` (``package/name``)."""
        values = (record["activationId"], path, record["start"], json.dumps(row), json.dumps(record))
        number = self._db.execute("INSERT INTO activations VALUES (NULL, ?, ?, ?, ?, ?)", values).lastrowid or 0
        self._db.execute("DELETE FROM activations WHERE number <= ?", (number - self._records,))

    def activation(self, activation_id: str) -> Json | None:
        found = self._db.execute("SELECT document FROM activations WHERE id = ?", (activation_id,))
        return next(map(json.loads, found), None)

    def activations(self, found: Json, limit: int, skip: int, docs: bool) -> list[Json]:
        """Records (``docs``) or their rows, newest first: of one ``path`` (None: any), ``since`` to ``upto``."""
        which = f"FROM activations WHERE {OF_PATH if found['path'] else ALL} ORDER BY start DESC, number DESC"
        query = f"SELECT {'document' if docs else 'row'} {which} LIMIT :limit OFFSET :skip"
        return list(map(json.loads, self._db.execute(query, {**found, "limit": limit, "skip": skip})))

    def count_activations(self, found: Json) -> int:
        query = f"SELECT count(*) FROM activations WHERE {OF_PATH if found['path'] else ALL}"  # noqa: S608
        return int(next(self._db.execute(query, found)))
