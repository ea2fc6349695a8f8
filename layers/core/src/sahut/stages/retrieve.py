"""Find passages: what do the tenant's own documents say, and is that enough to answer?

Searches the tenant's live version and nothing else: the index is one tenant's file.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sahut.contracts.tasks import RetrieveResult, TurnTask
from sahut.domain.errors import Outdated
from sahut.domain.evidence import PASSAGES_WANTED, weigh
from sahut.domain.lane import search_text
from sahut.domain.profile import Profile
from sahut.domain.tenant import TenantId
from sahut.ports.conversations import Scalar, Turns
from sahut.ports.passages import Passages


class QueryVectors(Protocol):
    def __call__(self, text: str, embedder: str) -> Sequence[float] | None:
        """The query's vector for an index that `embedder` built; None where there is no such embedder."""
        ...


@dataclass(frozen=True, slots=True)
class Retrieving:
    """open_passages: the tenant's live version, None when it has no documents yet."""

    turns: Turns
    profile_of: Callable[[TenantId], Profile]
    open_passages: Callable[[TenantId], Passages | None]
    query_vector: QueryVectors


def retrieve(task: TurnTask, needs: Retrieving) -> RetrieveResult:
    """Finds passages for a turn and weighs them as evidence.

    Raises:
        Outdated: a newer dispatch attempt owns the turn.
    """
    turn = needs.turns.turn(task.turn)
    if turn.epoch != task.epoch:
        raise Outdated(f"turn {task.turn_id} belongs to a newer attempt")
    tenant = task.turn.conversation.tenant
    passages = needs.open_passages(tenant)
    if passages is None:
        return RetrieveResult(enough=False, score=0.0, passages=0)
    query = search_text(turn.question)
    found = passages.find(query, needs.query_vector(query, passages.embedder), PASSAGES_WANTED)
    evidence = weigh(turn.question, found, needs.profile_of(tenant).evidence_threshold)
    ledger: dict[str, Scalar] = {
        "kb_version": passages.version,
        "evidence_score": evidence.score,
        "query": query,
    }
    needs.turns.record_passages(task.turn, task.epoch, found, ledger)
    return RetrieveResult(
        enough=evidence.enough, score=evidence.score, passages=len(found), kb_version=passages.version
    )
