"""The one file of this host: entities and activation records, in SQLite."""

import json
import sqlite3
from pathlib import Path

from localwhisk import Json

SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS entities (
    kind TEXT, ident TEXT, document TEXT NOT NULL, code TEXT, PRIMARY KEY (kind, ident)
);
CREATE TABLE IF NOT EXISTS activations (
    number INTEGER PRIMARY KEY, id TEXT UNIQUE, path TEXT, start INTEGER, row TEXT NOT NULL, document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS activations_by_start ON activations (start, number);
CREATE INDEX IF NOT EXISTS activations_by_path ON activations (path, start, number);
"""
OLDEST_TENTH = """
DELETE FROM activations WHERE number IN
    (SELECT number FROM activations ORDER BY number LIMIT (SELECT count(*) / 10 FROM activations))
"""
BETWEEN = "WHERE start BETWEEN :since AND :upto"
FOREVER_MS = 2**62
RECORDS_BYTES = 1_000_000_000  # records hold whole results, pictures included: beyond this the oldest tenth goes
PRUNED_EVERY = 100


class Store:
    """Documents by kind (``package``, ``action``, ``api``) and identifier; activation records by time and path.

    Survives being killed at any moment: a write-ahead log, one transaction per change.
    """

    def __init__(self, file: Path | str, records_bytes: int = RECORDS_BYTES) -> None:
        self._db, self._records_bytes = sqlite3.connect(file, isolation_level=None), records_bytes
        self._db.executescript(SCHEMA)
        self.close = self._db.close

    def get(self, kind: str, ident: str) -> Json | None:
        return self._document("SELECT document FROM entities WHERE kind = ? AND ident = ?", kind, ident)

    def code(self, ident: str) -> str | None:
        found = self._db.execute("SELECT code FROM entities WHERE kind = 'action' AND ident = ?", (ident,)).fetchone()
        return found[0] if found else None

    def put(self, kind: str, ident: str, document: Json, code: str | None = None) -> None:
        self._db.execute("REPLACE INTO entities VALUES (?, ?, ?, ?)", (kind, ident, json.dumps(document), code))

    def delete(self, kind: str, ident: str) -> None:
        self._db.execute("DELETE FROM entities WHERE kind = ? AND ident = ?", (kind, ident))

    def all(self, kind: str, prefix: str = "") -> list[Json]:
        """Every document of ``kind`` whose identifier starts with ``prefix``, by identifier."""
        query = "SELECT document FROM entities WHERE kind = ? AND substr(ident, 1, ?) = ? ORDER BY ident"
        return [json.loads(row[0]) for row in self._db.execute(query, (kind, len(prefix), prefix))]

    def add_activation(self, path: str, row: Json, record: Json) -> None:
        """Keep ``record``, listed as ``row`` and found by ``path`` (``package/name``)."""
        values = (record["activationId"], path, record["start"], json.dumps(row), json.dumps(record))
        inserted = self._db.execute("INSERT INTO activations VALUES (NULL, ?, ?, ?, ?, ?)", values)
        if (inserted.lastrowid or 0) % PRUNED_EVERY == 0:
            pragmas = ("page_count", "freelist_count", "page_size")
            pages, free, size = (self._db.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas)
            if (pages - free) * size > self._records_bytes:
                self._db.execute(OLDEST_TENTH)

    def activation(self, activation_id: str) -> Json | None:
        return self._document("SELECT document FROM activations WHERE id = ?", activation_id)

    def activations(self, found: Json, limit: int, skip: int, docs: bool) -> list[Json]:
        """Records (``docs``) or their rows, newest first: of one ``path`` (None: any), ``since`` to ``upto``."""
        order = "ORDER BY start DESC, number DESC LIMIT :limit OFFSET :skip"
        query = f"SELECT {'document' if docs else 'row'} FROM activations {where(found)} {order}"  # noqa: S608
        return [json.loads(row[0]) for row in self._db.execute(query, {**found, "limit": limit, "skip": skip})]

    def count_activations(self, found: Json) -> int:
        query = f"SELECT count(*) FROM activations {where(found)}"  # noqa: S608
        return int(self._db.execute(query, found).fetchone()[0])

    def _document(self, query: str, *values: str) -> Json | None:
        found = self._db.execute(query, values).fetchone()
        return json.loads(found[0]) if found else None


def where(found: Json) -> str:
    return BETWEEN if found["path"] is None else f"{BETWEEN} AND path = :path"
