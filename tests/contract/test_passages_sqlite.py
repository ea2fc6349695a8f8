"""The suite of every index, on files."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from sahut.adapters.sqlite_index.build import SqliteIndexWriter
from sahut.adapters.sqlite_index.passages import SqlitePassages
from sahut.ports.passages import Entry
from tests.contract.passages_suite import DIMENSIONS, PassagesSuite


class TestSqlitePassages(PassagesSuite):
    def index_of(self, entries: Sequence[Entry], tenant: str = "shop") -> SqlitePassages:
        path = Path(tempfile.mkdtemp(prefix="sahut-test-")) / "index.sqlite"
        SqliteIndexWriter(path).write(entries, version="v1", embedder="test", dimensions=DIMENSIONS)
        return SqlitePassages(path)
