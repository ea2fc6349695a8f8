"""A search server that loses indexes gets them back with the next build. See test_opensearch_switch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from sahut.adapters.sqlite_index.build import SqliteIndexWriter
from sahut.adapters.sqlite_index.passages import SqlitePassages
from sahut.contracts.knowledge_tasks import ActivateTask
from sahut.domain.errors import NotFound, TryAgain
from sahut.domain.knowledge import Engine, KnowledgeRef, KnowledgeSettings
from sahut.ports.passages import Entry
from sahut.runtime import compose
from sahut.stages.activate_version import activate_version
from sahut.stages.manage_knowledge import choose_version
from tests.handlers.knowledge.conftest import Library

PRICES = "# Prices\n\nThe batik shirt costs Rp255.000."
HOURS = "# Hours\n\nThe shop opens at nine."


@dataclass
class ForgetfulServer:
    """A SearchServer on files. written: versions in turn, as they were written."""

    folder: Path
    away: bool = False
    written: list[str] = field(default_factory=list)

    def open(self, ref: KnowledgeRef, version: str, embedder: str) -> SqlitePassages:
        self._must_answer()
        if not self.path(version).exists():
            raise NotFound("index on the search server")
        return SqlitePassages(self.path(version))

    def write(
        self, ref: KnowledgeRef, version: str, entries: Iterable[Entry], embedder: str, dimensions: int
    ) -> None:
        self._must_answer()
        writer = SqliteIndexWriter(self.path(version))
        writer.write(entries, version=version, embedder=embedder, dimensions=dimensions)
        self.written.append(version)

    def holds(self, ref: KnowledgeRef, version: str) -> int | None:
        self._must_answer()
        return len(SqlitePassages(self.path(version))) if self.path(version).exists() else None

    def activated(self, ref: KnowledgeRef, version: str) -> None:
        self._must_answer()

    def drop(self, ref: KnowledgeRef, version: str) -> None:
        self.path(version).unlink(missing_ok=True)

    def lose(self, *versions: str) -> None:
        for version in versions:
            self.path(version).unlink()
        self.written.clear()

    def path(self, version: str) -> Path:
        return self.folder / version

    def _must_answer(self) -> None:
        if self.away:
            raise TryAgain("the search server can't be reached")


@pytest.fixture
def server(library: Library, tmp_path: Path) -> ForgetfulServer:
    """The library's base is on it: two files of one content, a passage of which is collapsed."""
    made = ForgetfulServer(tmp_path)
    library.made.knowledge.shelf.__dict__["_make_server"] = lambda: made
    move(library, Engine.OPENSEARCH)
    library.put("prices.md", PRICES)
    library.put("copy.md", PRICES)
    assert library.build() == "activated"
    assert library.build() == "unchanged"
    library.embedder.asked.clear()
    return made


def test_a_lost_index_is_written_again_without_embedding(library: Library, server: ForgetfulServer) -> None:
    lost = live(library)
    expected = library.answers("batik shirt")
    server.lose(lost)
    assert library.build() == "activated"
    assert server.written == [lost]
    assert library.answers("batik shirt") == expected != []
    assert library.build() == "unchanged"
    assert library.embedder.asked == []


def test_so_is_one_of_which_passages_are_missing(library: Library, server: ForgetfulServer) -> None:
    server.write(library.ref, live(library), [], "test", 0)
    assert library.build() == "activated"
    assert library.answers("batik shirt") != []


def test_a_version_that_a_person_went_back_to_is_written_again_and_stays(
    library: Library, server: ForgetfulServer
) -> None:
    older = live(library)
    library.put("hours.md", HOURS)
    library.build()
    choose_version(library.ref, older, "someone", "", library.managing)
    server.lose(older)
    library.build()
    assert server.written == [older]
    assert live(library) == older
    assert library.build() == "unchanged"


def test_the_lost_one_comes_first_when_documents_changed_too(
    library: Library, server: ForgetfulServer
) -> None:
    """It answers while the new one is built, and is what the gate compares with."""
    older = live(library)
    server.lose(older)
    library.put("hours.md", HOURS)
    assert library.build() == "activated"
    assert server.written == [older, live(library)]


def test_a_change_that_is_taken_back_finds_its_lost_version_whole(
    library: Library, server: ForgetfulServer
) -> None:
    older = live(library)
    library.put("hours.md", HOURS)
    library.build()
    server.lose(older)
    library.delete("hours.md")
    assert library.build() == "activated"
    assert (live(library), server.written) == (older, [older])
    assert library.answers("batik shirt") != []


def test_a_killed_build_writes_no_index_twice(library: Library, server: ForgetfulServer) -> None:
    lost = live(library)
    server.lose(lost)
    assert library.build(stop_before="check") == "killed"
    library.build()
    assert server.written == [lost]


def test_whoever_moves_on_meanwhile_can_come_back_without_a_reason(
    library: Library, server: ForgetfulServer
) -> None:
    older = live(library)
    library.put("hours.md", HOURS)
    library.build()
    newer = live(library)
    server.lose(newer)
    library.build(stop_before="activate")
    choose_version(library.ref, older, "someone", "", library.managing)
    task = ActivateTask(**library.task, version=newer, was=newer)
    assert not activate_version(task, compose.activate_version(library.made)).activated
    assert live(library) == older
    choose_version(library.ref, newer, "someone", "", library.managing)
    assert live(library) == newer


def test_a_base_moves_off_a_server_that_is_away(library: Library, server: ForgetfulServer) -> None:
    server.away = True
    with pytest.raises(TryAgain):
        library.build()
    move(library, Engine.SQLITE)
    assert library.build() == "activated"
    assert library.answers("batik shirt") != []


def move(library: Library, engine: Engine) -> None:
    settings = replace(KnowledgeSettings(), engine=engine)
    library.made.knowledge.documents.decide(library.ref, settings, library.world.now)


def live(library: Library) -> str:
    found = library.live
    assert found is not None
    return found.version
