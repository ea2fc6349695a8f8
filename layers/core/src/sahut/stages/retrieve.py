"""Find passages: what do the tenant's own documents say, and is that enough to answer?

Searches the tenant's live version and nothing else: an index can't be opened without its tenant.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sahut.contracts.tasks import RetrieveResult, TurnTask
from sahut.domain.answer import FoundPassage
from sahut.domain.errors import Outdated, Refused, TryAgain
from sahut.domain.evidence import PASSAGES_WANTED, weigh
from sahut.domain.injection import neutralised
from sahut.domain.knowledge import KnowledgeBase, KnowledgeRef
from sahut.domain.lane import search_text
from sahut.domain.profile import Profile
from sahut.domain.query import is_follow_up, rewrite, synonyms_for
from sahut.domain.splitting import text_to_embed
from sahut.domain.tenant import TenantId
from sahut.domain.tools import Tool
from sahut.domain.turn import Turn
from sahut.ports.conversations import Scalar, Turns
from sahut.ports.passages import Passages, Query
from sahut.ports.reranker import Reranker

# Among which a follow-up's topic is looked for: some five questions with their answers.
EARLIER_LINES = 10
# What a reranker is shown: what the index ranked low too, and no more than a server takes at once (TEI: 32).
PASSAGES_TO_RERANK = 30


class QueryVectors(Protocol):
    def __call__(self, text: str, embedder: str) -> Sequence[float] | None:
        """The query's vector for an index that `embedder` built; None where there is no such embedder."""
        ...


class Notes(Protocol):
    def reranker_failed(self, tenant: TenantId, why: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Retrieving:
    """live: the version that answers, None when there is none yet. reranker_of: the tenant's, or None."""

    turns: Turns
    profile_of: Callable[[TenantId], Profile]
    live: Callable[[KnowledgeRef], KnowledgeBase | None]
    open: Callable[[KnowledgeRef, KnowledgeBase], Passages]
    query_vector: QueryVectors
    reranker_of: Callable[[Profile], Reranker | None]
    tools_of: Callable[[TenantId], tuple[Tool, ...]]
    notes: Notes


def retrieve(task: TurnTask, needs: Retrieving) -> RetrieveResult:
    """Finds passages for a turn and weighs them as evidence.

    Raises:
        Outdated: a newer dispatch attempt owns the turn.
    """
    turn = needs.turns.turn(task.turn)
    if turn.epoch != task.epoch:
        raise Outdated(f"turn {task.turn_id} belongs to a newer attempt")
    ref = KnowledgeRef(task.turn.conversation.tenant)
    has_tools = bool(needs.tools_of(ref.tenant))
    live = needs.live(ref)
    if live is None:
        needs.turns.record(task.turn, task.epoch, {"enough": False})
        return RetrieveResult(enough=False, score=0.0, passages=0, has_tools=has_tools)
    passages = needs.open(ref, live)
    question = _whole_question(task, turn, needs)
    text = search_text(question)
    query = Query(text, needs.query_vector(text, passages.embedder), synonyms_for(text, live.synonyms))
    profile = needs.profile_of(ref.tenant)
    every, reranker = _best(passages, query, profile, needs)
    clean = neutralised(every)
    found = clean.found
    evidence = weigh(question, found, profile.evidence_threshold, live.calibration)
    ledger: dict[str, Scalar] = {
        "kb_version": live.version,
        "evidence_score": evidence.score,
        "enough": evidence.enough,
        "query": text,
        "reranker": reranker,
        "injections": "; ".join(f"{name}: {', '.join(kinds)}" for name, kinds in clean.reports),
    }
    needs.turns.record_passages(task.turn, task.epoch, found, ledger)
    return RetrieveResult(
        enough=evidence.enough,
        score=evidence.score,
        passages=len(found),
        kb_version=live.version,
        has_tools=has_tools,
    )


def _best(
    passages: Passages, query: Query, profile: Profile, needs: Retrieving
) -> tuple[tuple[FoundPassage, ...], str]:
    """The passages to answer from, best first, and what the ledger says of the reranker.

    "used": the order is the reranker's. "failed": it is the index's, as with "" for a tenant without one.
    """
    reranker = needs.reranker_of(profile)
    if reranker is None:
        return passages.find(query, PASSAGES_WANTED), ""
    many = passages.find(query, PASSAGES_TO_RERANK)
    try:
        scores = reranker.scores(query.text, [text_to_embed(hit.passage) for hit in many])
    except (TryAgain, Refused) as error:
        needs.notes.reranker_failed(profile.tenant, str(error))
        return many[:PASSAGES_WANTED], "failed"
    order = sorted(range(len(many)), key=lambda number: -scores[number])  # equal ones stay as they are
    return tuple(many[number] for number in order[:PASSAGES_WANTED]), "used"


def _whole_question(task: TurnTask, turn: Turn, needs: Retrieving) -> str:
    """The question with what a follow-up leaves unsaid; earlier lines are read for follow-ups only."""
    first = min((message.line for message in turn.messages), default=0)
    if first <= 1 or not is_follow_up(turn.question):
        return turn.question
    lines = needs.turns.last_lines(task.turn.conversation, EARLIER_LINES + len(turn.messages))
    earlier = [
        line.words
        for line in lines
        if line.line < first and line.author == "customer" and line.words and not line.revoked
    ]
    return rewrite(turn.question, earlier)
