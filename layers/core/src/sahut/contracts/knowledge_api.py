"""The HTTP API of knowledge bases: what goes in and what comes out."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from sahut.contracts.chat import Api
from sahut.contracts.knowledge_tasks import FoundView
from sahut.domain.knowledge import MAX_DOCUMENT_BYTES

Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
DocumentName = Annotated[str, StringConstraints(min_length=1, max_length=800)]
Synonym = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]

# API Gateway takes 10 MB, Lambda 6 MB, and base64 makes four thirds of a file.
MAX_INLINE_BASE64 = 5_500_000


class NewDocument(Api):
    """A document. With `text` or `content_base64` it is stored at once; with neither, the answer says
    where to put the file: one HTTP PUT of up to 100 MB.
    """

    name: DocumentName
    content_type: str = Field(default="application/octet-stream", max_length=200)
    tags: list[Tag] = Field(default=[], max_length=20)
    text: str | None = Field(default=None, max_length=MAX_INLINE_BASE64)
    content_base64: str | None = Field(default=None, max_length=MAX_INLINE_BASE64)
    bytes: int | None = Field(default=None, ge=1, le=MAX_DOCUMENT_BYTES)

    @model_validator(mode="after")
    def _one_content(self) -> "NewDocument":
        if self.text is not None and self.content_base64 is not None:
            raise ValueError("give text or content_base64, not both")
        return self


class UploadView(Api):
    """Put the file to `url` with these headers, before it expires (seconds)."""

    method: Literal["PUT"] = "PUT"
    url: str
    headers: dict[str, str]
    expires_in_s: int


class DocumentView(Api):
    """embedded of passages: progress. version: the first version with this content.

    reason, detail: why it failed. updated_at: seconds since the epoch.
    """

    name: str
    state: Literal["queued", "parsing", "embedding", "indexed", "failed"]
    bytes: int
    tags: list[str]
    source_uri: str
    passages: int
    embedded: int
    version: str
    reason: str
    detail: str
    notes: list[str]
    updated_at: float


class DocumentAccepted(Api):
    document: DocumentView
    upload: UploadView | None = None


class DocumentList(Api):
    documents: list[DocumentView]


class SourceView(Api):
    """An address that was looked at. document: what it became, '' for none. looked_at: seconds."""

    url: str
    document: str
    outcome: Literal["fetched", "unchanged", "gone", "refused", "failed"]
    reason: str
    detail: str
    looked_at: float


class SourceList(Api):
    sources: list[SourceView]


class SearchRequest(Api):
    """version: an earlier one; as_of: what was live at that moment, seconds since the epoch or ISO 8601."""

    query: str = Field(min_length=1, max_length=2_000)
    limit: int = Field(default=8, ge=1, le=50)
    tags: list[Tag] = Field(default=[], max_length=20)
    version: str = Field(default="", max_length=80)
    as_of: float | str = ""


class SearchFound(Api):
    """evidence: whether this would be enough to answer, 0 to 1; enough: at the tenant's threshold."""

    version: str
    evidence: float
    enough: bool
    passages: list[FoundView]


class CalibrationView(Api):
    slope: float
    intercept: float
    threshold: float
    questions: int
    auroc: float | None


class VersionView(Api):
    """refused: why the gate kept it from going live by itself, '' otherwise."""

    version: str
    state: Literal["ready", "pruned"]
    live: bool
    engine: Literal["sqlite", "opensearch"]
    embedder: str
    documents: int
    failed_documents: int
    passages: int
    collapsed: int
    bytes: int
    built_at: float
    calibration: CalibrationView
    quality: dict[str, float]
    refused: str


class ActivationView(Api):
    version: str
    at: float
    by: str
    reason: str


class VersionList(Api):
    versions: list[VersionView]
    activations: list[ActivationView]


class Activate(Api):
    """reason: needed for a version that the gate refused; it is kept with the activation."""

    by: str = Field(default="", max_length=200)
    reason: str = Field(default="", max_length=500)


class SettingsView(Api):
    """What a tenant decides; see docs/knowledge.md."""

    urls: list[Annotated[str, StringConstraints(max_length=2_000)]] = Field(default=[], max_length=500)
    refresh_hours: float = Field(default=24, ge=1, le=24 * 31)
    synonyms: list[Annotated[list[Synonym], Field(min_length=2, max_length=20)]] = Field(
        default=[], max_length=500
    )
    keep_versions: int = Field(default=10, ge=2, le=100)
    gated: bool = True
    engine: Literal["sqlite", "opensearch"] = "sqlite"


class BuildView(Api):
    """running: a build is under way. outcome, error, ended_at: of the last one that ended."""

    running: bool
    outcome: str
    error: str
    ended_at: float


class KnowledgeBaseView(Api):
    """live: the version that answers, '' when there is none."""

    name: str
    live: str
    activated_at: float
    settings: SettingsView
    build: BuildView
    documents: dict[str, int] = Field(description="How many documents are in each state.")


class KnowledgeBaseList(Api):
    knowledge_bases: list[str]


class EvaluationSetView(Api):
    questions: int
    answerable: int
    sha256: str


class Requested(Api):
    requested: bool = True
