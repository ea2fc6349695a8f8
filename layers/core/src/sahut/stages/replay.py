"""Replay: what would recorded turns come to with another model, prompt or knowledge version?

Goes the way of a turn from *Find passages* on, with the conversation as it was then. Sends nothing, stores
nothing. Models are really asked, so it costs what they cost.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sahut.domain.answer import Verdict
from sahut.domain.conversation import Conversation
from sahut.domain.evidence import PASSAGES_WANTED, weigh
from sahut.domain.handover import HandoverReason
from sahut.domain.knowledge import KnowledgeRef, Version
from sahut.domain.lane import search_text
from sahut.domain.profile import Profile
from sahut.domain.query import synonyms_for
from sahut.domain.tenant import ConversationRef, TurnRef
from sahut.domain.turn import Turn
from sahut.ports.conversations import Line, Turns
from sahut.ports.passages import Passages, Query
from sahut.ports.recorded import Recorded, Seen, documents_of
from sahut.stages.answering import Answering, Outcome, answered
from sahut.stages.retrieve import QueryVectors
from sahut.stages.write_answer import Writing

# One turn's budget: nobody waits for it.
_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Replayed:
    recorded: Recorded
    now: Seen

    @property
    def changes(self) -> tuple[str, ...]:
        """Which of outcome, reason, text, citations changed."""
        before, now = self.recorded.seen, self.now
        pairs = {
            "outcome": (before.outcome, now.outcome),
            "reason": (before.reason, now.reason),
            "text": (_bare(before.text), _bare(now.text)),
            "citations": (before.documents, now.documents),
        }
        return tuple(name for name, (was, is_) in pairs.items() if was != is_)


@dataclass(frozen=True, slots=True)
class Replaying:
    """version: whose passages to take instead of the recorded ones; None keeps those."""

    turns: Turns
    writing: Writing
    clock: Callable[[], float]
    version: Version | None
    open: Callable[[KnowledgeRef, Version], Passages]
    query_vector: QueryVectors


def replay(recorded: Recorded, profile: Profile, needs: Replaying) -> Replayed:
    """The same turn again."""
    turn, version = recorded.turn, needs.version
    kb_version = turn.kb_version
    if version is not None:
        kb_version = version.version
        turn, enough = _searched(recorded, profile, version, needs)
        if not enough:
            no_evidence = HandoverReason.NO_EVIDENCE.value
            return Replayed(
                recorded, Seen("handed_over", no_evidence, "", (), "", 0.0, kb_version=kb_version)
            )
    head = needs.turns.conversation(turn.ref.conversation)
    answering = Answering(_Before(needs.turns, turn), needs.writing, needs.clock)
    outcome = answered(_then(head), turn, profile, needs.clock() + _WITHIN_S, answering)
    return Replayed(recorded, replace(_seen(outcome), kb_version=kb_version))


def _searched(recorded: Recorded, profile: Profile, version: Version, needs: Replaying) -> tuple[Turn, bool]:
    """The turn with the passages that the version finds for it, and whether they are enough."""
    ref = KnowledgeRef(recorded.turn.ref.conversation.tenant)
    passages = needs.open(ref, version)
    text = recorded.query or search_text(recorded.turn.question)
    query = Query(text, needs.query_vector(text, passages.embedder), synonyms_for(text, ()))
    found = passages.find(query, PASSAGES_WANTED)
    evidence = weigh(recorded.turn.question, found, profile.evidence_threshold, version.calibration)
    turn = replace(recorded.turn, passages=found, evidence_score=evidence.score, enough=evidence.enough)
    return turn, evidence.enough


def _then(head: Conversation) -> Conversation:
    """Later summaries tell what the turn could not know."""
    return replace(head, summary="", summary_until=0)


def _seen(outcome: Outcome) -> Seen:
    answer, judgement = outcome.written.answer, outcome.judged.judgement
    price = sum(each.price_usd for attempts in outcome.attempts.values() for each in attempts)
    if answer is None or judgement.verdict is not Verdict.SAFE:
        model = answer.model if answer else ""
        return Seen("handed_over", outcome.reason.value, "", (), model, price, judgement.confidence)
    kind = "asked_back" if answer.asks_back else "answered"
    cited = documents_of(answer.citations)
    return Seen(kind, "", answer.text, cited, answer.model, price, judgement.confidence)


def _bare(text: str) -> str:
    return " ".join(text.split())


class _Before:
    """The conversation as it was when a turn was claimed; what is written to it is dropped."""

    def __init__(self, turns: Turns, turn: Turn) -> None:
        self._turns = turns
        self._last = max((message.line for message in turn.messages), default=0)

    def last_lines(self, ref: ConversationRef, limit: int) -> Sequence[Line]:
        lines = [line for line in self._turns.lines(ref, after=0) if line.line <= self._last]
        return lines[-limit:]

    def turn(self, ref: TurnRef) -> Turn:
        return self._turns.turn(ref)

    def summarised(self, ref: ConversationRef, summary: str, until_line: int) -> None:
        """Dropped: replaying changes nothing."""
