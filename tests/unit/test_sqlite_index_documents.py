"""Indexing: versions name their content, and only what changed is embedded again."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from sahut.adapters.sqlite_index.build import SqliteIndexWriter
from sahut.adapters.sqlite_index.passages import SqlitePassages
from sahut.domain.errors import Refused
from sahut.ports.passages import Query
from sahut.stages.index_documents import Manifest, index_documents, known_vectors
from sahut.stages.indexing import SourceDocument

DOCUMENTS = [
    SourceDocument("b.md", "# B\n\n## One\nApples are red.\n\n## Two\nPears are green."),
    SourceDocument("a.md", "# A\n\nBread costs £2."),
]


class LetterEmbedder:
    """Counts letters; remembers what it was asked for."""

    def __init__(self, name: str = "letters") -> None:
        self.name = name
        self.asked: list[str] = []

    @property
    def dimensions(self) -> int:
        return 2

    def embed_query(self, text: str) -> list[float]:
        return [float(text.count("a")), float(text.count("e"))]

    def embed_passages(self, texts: Sequence[str]) -> list[list[float]]:
        self.asked += texts
        return [self.embed_query(text) for text in texts]


def index(
    path: Path, documents: list[SourceDocument], embedder: LetterEmbedder | None, known: Path | None = None
) -> Manifest:
    vectors = known_vectors(SqlitePassages(known).entries()) if known else None
    return index_documents(documents, embedder, SqliteIndexWriter(path), vectors)


def test_documents_become_an_index(tmp_path: Path) -> None:
    embedder = LetterEmbedder()
    manifest = index(tmp_path / "x", DOCUMENTS, embedder)
    assert manifest == Manifest(manifest.version, "letters", documents=2, passages=3, embedded=3)
    assert embedder.asked == [
        "A\nBread costs £2.",
        "B > One\nApples are red.",
        "B > Two\nPears are green.",
    ]
    passages = SqlitePassages(tmp_path / "x")
    assert (passages.version, passages.embedder) == (manifest.version, "letters")
    (found,) = passages.find(Query("apples"), 3)
    assert (found.passage.document_id, found.passage.heading) == ("b.md", "One")


def test_the_order_of_documents_does_not_matter(tmp_path: Path) -> None:
    one = index(tmp_path / "1", DOCUMENTS, LetterEmbedder())
    two = index(tmp_path / "2", DOCUMENTS[::-1], LetterEmbedder())
    assert one == two
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


def test_a_version_names_content_and_embedder(tmp_path: Path) -> None:
    changed = [DOCUMENTS[0], SourceDocument("a.md", "# A\n\nBread costs £3.")]
    versions = [
        index(tmp_path / "1", DOCUMENTS, LetterEmbedder()).version,
        index(tmp_path / "2", changed, LetterEmbedder()).version,
        index(tmp_path / "3", DOCUMENTS, LetterEmbedder("other")).version,
        index(tmp_path / "4", DOCUMENTS, None).version,
        index(tmp_path / "5", DOCUMENTS[:1], LetterEmbedder()).version,
    ]
    assert len(set(versions)) == len(versions)


def test_only_what_changed_is_embedded_again(tmp_path: Path) -> None:
    index(tmp_path / "old", DOCUMENTS, LetterEmbedder())
    changed = [SourceDocument("b.md", DOCUMENTS[0].text.replace("green", "yellow")), DOCUMENTS[1]]
    embedder = LetterEmbedder()
    manifest = index(tmp_path / "new", changed, embedder, known=tmp_path / "old")
    assert embedder.asked == ["B > Two\nPears are yellow."]
    assert manifest.embedded == 1
    afresh = index(tmp_path / "afresh", changed, LetterEmbedder())
    assert afresh.version == manifest.version
    assert (tmp_path / "afresh").read_bytes() == (tmp_path / "new").read_bytes()


def test_without_an_embedder_the_index_is_lexical(tmp_path: Path) -> None:
    manifest = index(tmp_path / "x", DOCUMENTS, None)
    assert (manifest.embedder, manifest.embedded) == ("", 0)
    assert SqlitePassages(tmp_path / "x").find(Query("pears", (1.0, 0.0)), 3)


def test_names_are_unique(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="same name"):
        index(tmp_path / "x", [DOCUMENTS[0], DOCUMENTS[0]], LetterEmbedder())


def test_progress_is_told(tmp_path: Path) -> None:
    documents = [SourceDocument(f"{n}.md", f"Text {n}.") for n in range(70)]
    told: list[tuple[int, int]] = []
    index_documents(
        documents,
        LetterEmbedder(),
        SqliteIndexWriter(tmp_path / "x"),
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(32, 70), (64, 70), (70, 70)]


def test_a_text_that_comes_twice_is_embedded_once(tmp_path: Path) -> None:
    # Far apart: in one batch and in another.
    documents = [
        SourceDocument(f"{n:02}.md", "# Same\n\nBread." if n in (1, 2, 69) else f"Text {n}.")
        for n in range(70)
    ]
    embedder = LetterEmbedder()
    manifest = index(tmp_path / "x", documents, embedder)
    assert embedder.asked.count("Same\nBread.") == 1
    assert (manifest.passages, manifest.embedded, manifest.collapsed) == (70, 68, 2)
    same = [
        entry.vector for entry in SqlitePassages(tmp_path / "x").entries() if entry.passage.title == "Same"
    ]
    assert len(same) == 3
    assert len(set(same)) == 1


def test_what_is_known_of_a_document_reaches_its_passages(tmp_path: Path) -> None:
    document = SourceDocument(
        "a.pdf", "Bread costs two.\n\n## More\n\nMilk costs one.", uri="https://a", title="Prices",
        pages=((0, 3), (20, 4)), tags=("staff", "de"), document_version="v9",
    )  # fmt: skip
    index_documents([document], None, SqliteIndexWriter(tmp_path / "x"))
    first, second = SqlitePassages(tmp_path / "x").entries()
    assert (first.passage.page, second.passage.page) == (3, 4)
    for entry in (first, second):
        passage = entry.passage
        assert (passage.title, passage.uri, passage.document_version) == ("Prices", "https://a", "v9")
        assert entry.tags == ("staff", "de")


def test_an_embedder_that_fails_leaves_nothing(tmp_path: Path) -> None:
    class Broken(LetterEmbedder):
        def embed_passages(self, texts: Sequence[str]) -> list[list[float]]:
            raise Refused("no weights")

    with pytest.raises(Refused):
        index(tmp_path / "x", DOCUMENTS, Broken())
    assert list(tmp_path.iterdir()) == []
