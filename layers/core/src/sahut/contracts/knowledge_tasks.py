"""What travels between the states of reindex_knowledge, and through the knowledge queue: ids and counts.

Documents, passages and vectors lie in S3; the machine's own state stays far below its 256 KB.
"""

from typing import Annotated, Literal

from pydantic import Field

from sahut.contracts.tasks import NO_DEADLINE, Contract
from sahut.domain.knowledge import KnowledgeRef
from sahut.domain.tenant import TenantId

_Id = Annotated[str, Field(min_length=1, max_length=80)]
_OptionalId = Annotated[str, Field(max_length=80)]

# Shards of a version: 400,000 passages in shards of 2,000, and one begun shard for each share.
MAX_SHARDS = 240
MAX_SHARES = 40


class KnowledgeJob(Contract):
    """Something may have changed in a knowledge base. refresh: look at its sources on the web too."""

    v: Literal[1] = 1
    tenant_id: _Id
    knowledge_base: _Id
    refresh: bool = False

    @property
    def ref(self) -> KnowledgeRef:
        return KnowledgeRef(TenantId(self.tenant_id), self.knowledge_base)


class BuildTask(Contract):
    """The input of the machine and of its first state. build_id: also the execution's name."""

    v: Literal[1] = 1
    tenant_id: _Id
    knowledge_base: _Id
    build_id: _Id

    @property
    def ref(self) -> KnowledgeRef:
        return KnowledgeRef(TenantId(self.tenant_id), self.knowledge_base)

    @property
    def correlation_id(self) -> str:
        return self.build_id

    @property
    def deadline(self) -> float:
        """None: the machine's own time-outs bound a build; nobody waits for it."""
        return NO_DEADLINE


class FetchTask(BuildTask):
    """cursor: where the last call stopped, '' at first."""

    cursor: str = Field(default="", max_length=2_000)


class FetchResult(Contract):
    left: bool
    cursor: str = Field(default="", max_length=2_000)
    fetched: int = 0


class PlanResult(Contract):
    """refresh: the sources are to be fetched first; nothing is planned then.

    shares: numbers of the document shares that have to be read. was: the version that is live now.
    """

    anything: bool
    shares: list[_Id] = Field(max_length=MAX_SHARES)
    was: _OptionalId = ""
    shard_passages: int = Field(default=0, ge=0)


class ReadTask(BuildTask):
    share: _Id
    shard_passages: int = Field(ge=1)


class ReadResult(Contract):
    """shards: names of the passage shards that have to be embedded."""

    shards: list[_Id] = Field(max_length=MAX_SHARDS)
    documents: int
    failed: int
    passages: int


class EmbedTask(BuildTask):
    shard: _Id


class EmbedResult(Contract):
    passages: int


class WriteResult(Contract):
    """version: of what was built, '' when nothing is left in the knowledge base."""

    version: _Id
    passages: int
    failed: int


class VersionTask(BuildTask):
    version: _Id


class CheckResult(Contract):
    """good: may go live by itself. why: in words, when it may not."""

    good: bool
    why: str = Field(default="", max_length=600)


class ActivateTask(VersionTask):
    """was: the version that was live when the build was planned."""

    was: _OptionalId = ""


class ActivateResult(Contract):
    activated: bool
    why: str = Field(default="", max_length=600)


class CloseTask(BuildTask):
    """error: the name of the error that ended the build, for outcome `failed`.

    fetch_failed: the sources could not be looked at; another time, then, and not at once.
    """

    outcome: Literal["activated", "unchanged", "refused", "failed"]
    error: str = Field(default="", max_length=600)
    fetch_failed: bool = False


class CloseResult(Contract):
    """again: something changed meanwhile, plan once more. refresh: fetch the sources first."""

    again: bool
    refresh: bool = False


class SearchTask(Contract):
    """A search from outside a conversation. version: '' for the live one."""

    v: Literal[1] = 1
    tenant_id: _Id
    knowledge_base: _Id
    query: str = Field(min_length=1, max_length=2_000)
    limit: int = Field(default=8, ge=1, le=50)
    tags: list[str] = Field(default=[], max_length=20)
    version: _OptionalId = ""

    @property
    def ref(self) -> KnowledgeRef:
        return KnowledgeRef(TenantId(self.tenant_id), self.knowledge_base)

    @property
    def correlation_id(self) -> str:
        return f"search-{self.tenant_id}"

    @property
    def deadline(self) -> float:
        return NO_DEADLINE


class FoundView(Contract):
    """One passage as a search shows it. Scores: fused 0 to 1, cosine, BM25."""

    document: str
    document_version: str = ""
    title: str
    heading: str
    page: int
    start: int
    end: int
    language: str
    uri: str
    text: str
    score: float
    dense: float
    lexical: float


class SearchResult(Contract):
    """evidence: whether this would be enough to answer, 0 to 1; enough: at the tenant's threshold."""

    version: str
    evidence: float
    enough: bool
    passages: list[FoundView]
