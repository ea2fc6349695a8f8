"""What a second round, the same file once more, and a file that can't be read must not spoil."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from sahut.adapters.s3.knowledge_files import S3Originals
from sahut.domain.knowledge import DocumentState, KnowledgeRef
from sahut.domain.knowledge_diff import Original
from sahut.ports.knowledge import Fetched
from sahut.ports.parser import ParsedDocument
from sahut.stages.manage_knowledge import add_document
from tests.handlers.knowledge.conftest import Library, TextParser

pytestmark = pytest.mark.timeout(100)

OPENING = "# Opening\n\nThe shop opens at eight."
PRICES = "# Prices\n\nA bicycle costs ninety euros."


def test_a_second_round_embeds_its_own_passages(library: Library) -> None:
    """Both rounds write a shard of the same name with as many passages."""
    library.put("opening.md", OPENING)
    library.world.now += 1
    library.begin()
    library._round("")
    library.put("prices.md", PRICES)
    library.made.knowledge.builds.want(library.ref, refresh=False)
    library.rounds()
    assert [text for text in library.embedder.asked if "bicycle" in text]


def test_a_file_that_cant_be_read_is_read_once(library: Library) -> None:
    """It adds no passage, so the version is the one before; what the bucket looks like is another matter."""
    library.put("opening.md", OPENING)
    library.build()
    library.put("broken.md", "UNREADABLE")
    library.build()
    assert library.build() == "unchanged"
    assert library.made.knowledge.versions.versions(library.ref)[0].failed_documents == 1

    library.delete("broken.md")
    library.build()
    assert library.build() == "unchanged"
    assert library.made.knowledge.versions.versions(library.ref)[0].failed_documents == 0


def test_the_same_file_once_more_is_indexed_as_before(library: Library) -> None:
    _add(library, "opening.md", OPENING)
    library.build()
    before = library.documents()["opening.md"]
    _add(library, "opening.md", OPENING)
    assert library.build() == "unchanged"
    after = library.documents()["opening.md"]
    assert after.state is DocumentState.INDEXED
    assert (after.passages, after.embedded, after.version) == (1, 1, before.version)
    assert after.object_version == before.object_version


def test_the_same_file_with_other_tags_is_indexed_with_these(library: Library) -> None:
    _add(library, "opening.md", OPENING)
    library.build()
    _add(library, "opening.md", OPENING, "wholesale")
    assert library.build() == "activated"
    shown = library.documents()["opening.md"]
    assert (shown.state, shown.tags) == (DocumentState.INDEXED, ("wholesale",))


def test_an_unreadable_file_once_more_is_as_unreadable(library: Library) -> None:
    library.put("opening.md", OPENING)
    library.build()
    library.put("opening.md", "UNREADABLE")
    library.build()
    before = library.documents()["opening.md"]
    _add(library, "opening.md", "UNREADABLE")
    assert library.build() == "unchanged"
    after = library.documents()["opening.md"]
    assert (after.state, after.reason, after.detail) == (DocumentState.FAILED, before.reason, before.detail)


def test_a_document_is_ready_though_its_build_died_before_it_said_so(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.put("opening.md", OPENING)
    monkeypatch.setattr("sahut.stages.build_version._tell_indexed", lambda *_: None)
    library.build(stop_before="check")
    monkeypatch.undo()
    library.build()
    assert library.documents()["opening.md"].state is DocumentState.INDEXED


def test_tags_stay_of_a_document_that_comes_while_the_bucket_is_listed(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = S3Originals.list

    def late(self: S3Originals, ref: KnowledgeRef) -> Iterator[Original]:
        if not library.documents():
            _add(library, "opening.md", OPENING, "wholesale")
        return listing(self, ref)

    monkeypatch.setattr(S3Originals, "list", late)
    library.build()
    assert library.documents()["opening.md"].tags == ("wholesale",)


def test_a_file_that_fits_on_no_disk_is_not_fetched_and_holds_up_no_other(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A presigned address bounds nothing, and neither does whoever writes to the bucket directly."""
    monkeypatch.setattr("sahut.domain.knowledge_diff.MAX_DOCUMENT_BYTES", 1000)
    fetch = S3Originals.fetch

    def small(self: S3Originals, ref: KnowledgeRef, name: str) -> AbstractContextManager[Fetched]:
        if name == "film.mp4":
            raise OSError("No space left on device")
        return fetch(self, ref, name)

    monkeypatch.setattr(S3Originals, "fetch", small)
    library.put("opening.md", OPENING)
    library.put("film.mp4", "x" * 2000)
    assert library.build() == "activated"
    film = library.documents()["film.mp4"]
    assert (film.state, film.reason) == (DocumentState.FAILED, "too_large")
    assert library.answers("shop opens") == ["The shop opens at eight."]


def test_a_document_that_can_be_read_at_last_has_no_reason_left(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer parser reads the same file; a build that died before leaves its reason behind."""
    library.put("opening.md", "UNREADABLE until now")
    library.build(stop_before="embed")
    assert library.documents()["opening.md"].reason == "corrupt"
    monkeypatch.setattr(TextParser, "parse", lambda _self, file, _name: ParsedDocument(file.read_text()))
    library.build()
    shown = library.documents()["opening.md"]
    assert (shown.state, shown.reason, shown.detail) == (DocumentState.INDEXED, "", "")


def _add(library: Library, name: str, text: str, *tags: str) -> None:
    add_document(library.ref, name, text.encode(), "text/markdown", tags, library.managing)
