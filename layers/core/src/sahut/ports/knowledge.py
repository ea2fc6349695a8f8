"""What the stages of a build need from the world. Real adapters: S3 and DynamoDB; see compose_knowledge."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sahut.domain.knowledge import (
    Activation,
    Document,
    Engine,
    KnowledgeBase,
    KnowledgeRef,
    KnowledgeSettings,
    Version,
)
from sahut.domain.knowledge_diff import Indexed, Original
from sahut.ports.passages import Entry, Passages


@dataclass(frozen=True, slots=True)
class Fetched:
    """A local copy of an original. object_version: the store's id of exactly this content."""

    path: Path
    object_version: str
    sha256: str


class Originals(Protocol):
    """The documents as the organisation put them there."""

    def list(self, ref: KnowledgeRef) -> Iterator[Original]:
        """By name, without tags and sources, which the store of documents knows."""
        ...

    def fetch(self, ref: KnowledgeRef, name: str) -> AbstractContextManager[Fetched]:
        """A copy that lives as long as the block.

        Raises:
            NotFound: it was deleted.
        """
        ...


class BuildFiles(Protocol):
    """Intermediate results of builds. Writing a name again replaces it."""

    def put(self, ref: KnowledgeRef, build_id: str, name: str, body: bytes) -> None: ...

    def get(self, ref: KnowledgeRef, build_id: str, name: str) -> bytes:
        """Raises: NotFound."""
        ...

    def size(self, ref: KnowledgeRef, build_id: str, name: str) -> int | None:
        """In bytes, None when it isn't there."""
        ...


class Documents(Protocol):
    """The list of documents that people see."""

    def documents(self, ref: KnowledgeRef) -> Sequence[Document]: ...

    def found(self, ref: KnowledgeRef, original: Original, before: str, now: float) -> None:
        """Notes new content that is to be read. Tags and source stay as whoever gave them gives them.

        before: the etag that was known, '' for none; a document that was announced anew since then is left.
        """
        ...

    def as_before(self, ref: KnowledgeRef, document: Indexed, version: str, now: float) -> None:
        """Notes that a version already says what this content says, unless another one came since."""
        ...

    def forget(self, ref: KnowledgeRef, name: str) -> None: ...

    def change(
        self, ref: KnowledgeRef, name: str, now: float, **fields: str | int | Sequence[str]
    ) -> bool: ...

    def embedded(self, ref: KnowledgeRef, name: str, shard: str, passages: int) -> None: ...

    def settings(self, ref: KnowledgeRef) -> KnowledgeSettings: ...


class Versions(Protocol):
    """Immutable versions and the pointer to the live one."""

    def live(self, ref: KnowledgeRef) -> KnowledgeBase | None: ...

    def version(self, ref: KnowledgeRef, version_id: str) -> Version: ...

    def versions(self, ref: KnowledgeRef) -> Sequence[Version]:
        """The newest first."""
        ...

    def add(self, ref: KnowledgeRef, version: Version) -> None:
        """Records a finished version; one that is ready already is only noted as seen again."""
        ...

    def assess(self, ref: KnowledgeRef, version: Version) -> None: ...

    def activate(
        self, ref: KnowledgeRef, live: KnowledgeBase, change: Activation, *, build_id: str = "", was: str = ""
    ) -> None:
        """Raises: Conflict: not ready, or somebody else was faster."""
        ...

    def prune(self, ref: KnowledgeRef, version_id: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class StoredIndex:
    """Where an index lies now. sha256: hex digest of its bytes."""

    object_key: str
    sha256: str
    bytes: int
    passages: int
    collapsed: int
    engine: Engine


class IndexShelf(Protocol):
    """Index files of all versions, with the manifests that say what they were made of."""

    def manifest(self, ref: KnowledgeRef, version_id: str) -> Sequence[Indexed]:
        """Raises: NotFound."""
        ...

    def entries(self, ref: KnowledgeRef, version: Version) -> Iterator[Entry]:
        """Everything in a version's file, by document."""
        ...

    def store(
        self,
        ref: KnowledgeRef,
        version_id: str,
        entries: Iterator[Entry],
        documents: Sequence[Indexed],
        settings: KnowledgeSettings,
    ) -> StoredIndex:
        """Writes the file and, with it, whatever the tenant's engine needs; the manifest comes last."""
        ...

    def describe(self, ref: KnowledgeRef, version_id: str, documents: Sequence[Indexed]) -> None:
        """Writes a version's manifest: how the bucket looks that comes to this version."""
        ...

    def open(self, ref: KnowledgeRef, version: Version | KnowledgeBase) -> Passages: ...

    def stands(self, ref: KnowledgeRef, version: Version) -> bool:
        """Whether all of a version is where its engine looks for it; a search server may have lost it."""
        ...

    def restore(self, ref: KnowledgeRef, version: Version) -> None:
        """Writes onto the search server what it lost, from the version's file; nothing is embedded."""
        ...

    def activated(self, ref: KnowledgeRef, version: Version) -> None:
        """The pointer names this version now: aliases may follow."""
        ...

    def drop(self, ref: KnowledgeRef, version: Version) -> None:
        """Deletes a version's file; its manifest stays."""
        ...


class ReindexMachine(Protocol):
    def start(self, ref: KnowledgeRef, build_id: str, refresh: bool) -> None:
        """Starts the execution named like the build. refresh: it begins with the sources on the web."""
        ...

    def is_running(self, build_id: str) -> bool | None:
        """None: no such execution, at least not yet."""
        ...


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """text: one question a line. sha256: hex digest of that text."""

    text: str
    sha256: str


class EvaluationSets(Protocol):
    """The tenant's own questions."""

    def get(self, ref: KnowledgeRef) -> EvaluationSet | None: ...
