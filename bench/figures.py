"""What was measured, as plain records that go to JSON as they are. All times in milliseconds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.answering_figures import AnsweringFigures

PEER = "Agno 3.1.10"
OURS = "Sahut"


class Loop(StrEnum):
    """How a client decides when to post next; see `bench.load`."""

    META = "as Meta posts"
    ONE_AT_A_TIME = "one at a time"
    PEERS_PACE = "at the peer's pace"


def percentile(values: Sequence[float], share: float) -> float:
    """Nearest rank; 0.0 for no values. share: 0.5 is the median."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[max(1, math.ceil(share * len(ordered))) - 1]


@dataclass(frozen=True, slots=True)
class LoadFigures:
    """One loop at one number of clients, all rounds together.

    turns_per_s: median over the rounds. cited: share of replies that carry a citation mark.
    cpu_ms_per_turn: the side's own processes. rss, pss: highest of the rounds, megabytes.
    others: share of the machine's cores that neither the side nor the load used, but somebody did
    (processes that ended meanwhile count here); above a few per cent the times are not to be trusted.
    """

    side: str
    loop: Loop
    clients: int
    model_delay_ms: int
    messages: int
    ack_p50_ms: float
    ack_p99_ms: float
    reply_p50_ms: float
    reply_p99_ms: float
    turns_per_s: float
    turns_per_s_rounds: tuple[float, ...]
    unanswered: int
    refused: int
    cited: float
    cpu_ms_per_turn: float
    rss_mb: float
    pss_mb: float
    processes: int
    others: float


@dataclass(frozen=True, slots=True)
class LossFigures:
    """After all were acknowledged the side was killed. twice: customers with more than one message."""

    side: str
    acknowledged: int
    replied: int
    lost: int
    twice: int
    recovered_after_s: float
    how: str


@dataclass(frozen=True, slots=True)
class DuplicateFigures:
    """Messages that were delivered three times each. most: replies to the worst of them."""

    side: str
    messages: int
    deliveries: int
    replies: int
    most: int


@dataclass(frozen=True, slots=True)
class ColdStart:
    """One function under the Runtime Interface Emulator, medians; first_call comes after INIT.

    ratio_init: INIT to the bare handler's. ratio_total: INIT and first call to the bare handler's.
    ratio_total_asking: the same to a bare handler that also makes one client and one request.
    """

    function: str
    init_ms: float
    first_call_ms: float
    runs: int
    loads_sdk_in_init: bool
    ratio_init: float
    ratio_total: float
    ratio_total_asking: float
    first_call_answer: str


@dataclass(frozen=True, slots=True)
class Artefact:
    """What one function ships, function and layers together, without boto3 and botocore."""

    function: str
    unzipped_mb: float
    zipped_mb: float
    embedder: bool


@dataclass(frozen=True, slots=True)
class Ingestion:
    """The same documents into an index, by one side, on one core. seconds and cpu_s: all of it.

    split: how the side cuts documents into passages. characters: of what was embedded, headings included.
    others_s: processor seconds that the rest of the machine used meanwhile, on its other cores too.
    """

    side: str
    split: str
    pages: int
    passages: int
    characters: int
    seconds: float
    embed_s: float
    cpu_s: float
    others_s: float


@dataclass(frozen=True, slots=True)
class KnowledgeBuild:
    """One build by the product's stages. seconds: by state.

    embedded: passages that got a vector in it. a_passage_s: of one worker while all of them work.
    """

    documents: int
    pages: int
    workers: int
    cores: int
    passages: int
    embedded: int
    characters: int
    shards: tuple[int, ...]
    seconds: dict[str, float]
    a_passage_s: float
    cpu_s: float
    others_s: float

    @property
    def total(self) -> float:
        return sum(self.seconds.values())


@dataclass(frozen=True, slots=True)
class KnowledgeFigures:
    """builds: the same pages by one worker and by two, on as many cores. many: a base of many small
    documents. changed: the same base when one of them has changed."""

    ingestions: tuple[Ingestion, ...]
    builds: tuple[KnowledgeBuild, ...]
    many: KnowledgeBuild
    changed: KnowledgeBuild


@dataclass(slots=True)
class Report:
    """A whole run. not_run: what was asked for and did not happen, with the reason."""

    started_at: str = ""
    machine: str = ""
    command: str = ""
    settings: dict[str, object] = field(default_factory=dict)
    load: list[LoadFigures] = field(default_factory=list)
    loss: list[LossFigures] = field(default_factory=list)
    duplicates: list[DuplicateFigures] = field(default_factory=list)
    cold_starts: list[ColdStart] = field(default_factory=list)
    artefacts: list[Artefact] = field(default_factory=list)
    profile: dict[str, object] = field(default_factory=dict)
    knowledge: KnowledgeFigures | None = None
    answering: "AnsweringFigures | None" = None
    not_run: list[str] = field(default_factory=list)

    def of(self, side: str, loop: Loop, clients: int, model_delay_ms: int = 0) -> LoadFigures | None:
        wanted = (side, loop, clients, model_delay_ms)
        return next((f for f in self.load if (f.side, f.loop, f.clients, f.model_delay_ms) == wanted), None)
