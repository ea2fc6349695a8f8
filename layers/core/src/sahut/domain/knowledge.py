"""Knowledge bases: their documents, immutable versions, and which version is live."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sahut.domain.tenant import TenantId

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
# S3 keys have at most 1,024 bytes; the prefix takes up to 100.
MAX_DOCUMENT_NAME_BYTES = 800
MAX_DOCUMENT_BYTES = 100 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class KnowledgeRef:
    """One knowledge base of one tenant. name: lower-case letters, digits and dashes, 1 to 40.

    Raises:
        ValueError: the name is none (it could otherwise escape its key prefix).
    """

    tenant: TenantId
    name: str = "default"

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError("a knowledge base is named with 1-40 lower-case letters, digits or dashes")


def checked_document_name(name: str) -> str:
    """The name, if it is one: a relative path of at most 800 bytes without empty, `.` or `..` parts.

    Raises:
        ValueError: it is none; the text says why.
    """
    if not name or len(name.encode("utf-8", "replace")) > MAX_DOCUMENT_NAME_BYTES:
        raise ValueError(f"a document's name has 1 to {MAX_DOCUMENT_NAME_BYTES} bytes")
    if not name.isprintable():
        raise ValueError("a document's name has no control characters")
    if any(part in ("", ".", "..") for part in name.split("/")):
        raise ValueError("a document's name is a relative path, such as prices/2026.pdf")
    return name


class Engine(StrEnum):
    """Where the live version is searched."""

    SQLITE = "sqlite"
    OPENSEARCH = "opensearch"


@dataclass(frozen=True, slots=True)
class Calibration:
    """How a raw evidence score becomes the probability that the passages answer, for one version.

    probability = 1 / (1 + exp(-(slope * logit + intercept))), Platt's scaling of domain/evidence.py's
    logit. threshold: at or above it a machine may answer. questions: of the evaluation set it was
    computed from, 0 for the built-in one. auroc: on that set, by cross-validation; None when not known.
    """

    slope: float = 1.0
    intercept: float = 0.0
    threshold: float = 0.0
    questions: int = 0
    auroc: float | None = None


@dataclass(frozen=True, slots=True)
class KnowledgeBase:
    """The live version: all that retrieval needs, in one item.

    object_key, sha256: of the immutable file in the indexes bucket. synonyms: groups of words that
    mean the same to this tenant.
    """

    version: str
    object_key: str
    sha256: str
    embedder: str
    engine: Engine = Engine.SQLITE
    calibration: Calibration = Calibration()
    synonyms: tuple[tuple[str, ...], ...] = ()
    activated_at: float = 0.0


class DocumentState(StrEnum):
    """queued → parsing → embedding → indexed, or failed; a deleted one is gone from the list."""

    QUEUED = "queued"
    PARSING = "parsing"
    EMBEDDING = "embedding"
    INDEXED = "indexed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Document:
    """A document as its list shows it.

    name: path below the knowledge base's prefix, unique there. etag, content_sha256, object_version: of
    the original as it was last read from the bucket. source_uri: the page it was fetched from, or ''.
    embedded of passages: progress. version: the first version that has this content, '' until there
    is one. reason, detail: set when it failed.
    """

    name: str
    state: DocumentState
    bytes: int = 0
    etag: str = ""
    content_sha256: str = ""
    object_version: str = ""
    source_uri: str = ""
    tags: tuple[str, ...] = ()
    passages: int = 0
    embedded: int = 0
    version: str = ""
    reason: str = ""
    detail: str = ""
    notes: tuple[str, ...] = ()
    updated_at: float = 0.0


class VersionState(StrEnum):
    """ready: complete, may be live. pruned: its file is gone, the record stays."""

    READY = "ready"
    PRUNED = "pruned"


@dataclass(frozen=True, slots=True)
class Version:
    """An immutable version. pipeline: what its documents were read and split with.

    seen_at: when the bucket last had exactly these documents; a change that is taken back makes an old
    version the newest again. quality: figures of the tenant's evaluation set, {} without one.
    evaluation_sha256: of the set that they were computed from. refused: why it was kept from going live by
    itself, or ''. activated: whether it went live since it was last seen; one that didn't, and wasn't
    refused, belongs to a build that died.
    """

    version: str
    state: VersionState
    object_key: str
    sha256: str
    embedder: str
    engine: Engine
    documents: int
    passages: int
    collapsed: int
    bytes: int
    built_at: float
    seen_at: float
    pipeline: str = ""
    failed_documents: int = 0
    calibration: Calibration = Calibration()
    quality: Mapping[str, float] = field(default_factory=dict)
    evaluation_sha256: str = ""
    refused: str = ""
    activated: bool = False


@dataclass(frozen=True, slots=True)
class Activation:
    """One move of the pointer. by: who or what; reason: given when the gate was overridden."""

    version: str
    at: float
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class KnowledgeSettings:
    """What a tenant decides about a knowledge base.

    urls: pages and sitemaps that are fetched. refresh_hours: how often the sources are looked at.
    keep_versions: files of older ones are deleted. gated: a version that does worse on the tenant's
    evaluation set than the live one is not activated by itself.
    """

    urls: tuple[str, ...] = ()
    refresh_hours: float = 24.0
    synonyms: tuple[tuple[str, ...], ...] = ()
    keep_versions: int = 10
    gated: bool = True
    engine: Engine = Engine.SQLITE


@dataclass(frozen=True, slots=True)
class BuildEnd:
    """How a round of a build ended. fetch_failed: its sources on the web could not be looked at."""

    outcome: str
    error: str = ""
    fetch_failed: bool = False


@dataclass(frozen=True, slots=True)
class Again:
    """Something was asked during a build: go around once more. refresh: with the sources on the web."""

    refresh: bool
