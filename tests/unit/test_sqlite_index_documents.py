"""Indexing: versions name their content, and only what changed is embedded again."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from sahut.adapters.sqlite_index.build import build
from sahut.adapters.sqlite_index.passages import SqlitePassages
from sahut.stages.index_documents import Manifest, SourceDocument, content_hash, index_documents

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
    vectors = (
        {content_hash(p): v for p, v in SqlitePassages(known).passages_with_vectors()} if known else None
    )
    return index_documents(documents, embedder, partial(build, path), vectors)


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
    (found,) = passages.find("apples", None, 3)
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
    assert SqlitePassages(tmp_path / "x").find("pears", (1.0, 0.0), 3)


def test_names_are_unique(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="same name"):
        index(tmp_path / "x", [DOCUMENTS[0], DOCUMENTS[0]], LetterEmbedder())


def test_progress_is_told(tmp_path: Path) -> None:
    documents = [SourceDocument(f"{n}.md", f"Text {n}.") for n in range(70)]
    told: list[tuple[int, int]] = []
    index_documents(
        documents,
        LetterEmbedder(),
        partial(build, tmp_path / "x"),
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(32, 70), (64, 70), (70, 70)]
