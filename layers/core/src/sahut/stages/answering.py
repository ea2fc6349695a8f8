"""What a turn comes to: memory, writing, verdict, a question back, a second opinion.

Sends nothing but what a release lets out while it is written, and stores nothing but a summary.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace

from sahut.domain.answer import Answer, Verdict
from sahut.domain.budget import Rung
from sahut.domain.conversation import Conversation
from sahut.domain.grounding import Judgement, UnsafeReason
from sahut.domain.handover import HandoverReason
from sahut.domain.pii_vault import Vault
from sahut.domain.profile import Profile
from sahut.domain.tool_use import evidence_of, score_with_tools
from sahut.domain.tools import Tool
from sahut.domain.turn import Turn
from sahut.domain.verdict import verdict_on
from sahut.ports.conversations import Earlier, Scalar
from sahut.stages.ask_back import instead
from sahut.stages.candidates import Attempt
from sahut.stages.guarding import guarded, last_look, restored, shown, wishes_restored
from sahut.stages.judge_answer import Judged, second_opinion
from sahut.stages.prompting import AnswerRequest
from sahut.stages.release import Release
from sahut.stages.remember import Memory, Remembering, remember
from sahut.stages.tools_wanted import offered
from sahut.stages.write_answer import Writing, Written, write_answer


@dataclass(frozen=True, slots=True)
class Answering:
    turns: Earlier
    writing: Writing
    clock: Callable[[], float]
    tools: tuple[Tool, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was written and whether it may go out. release: what of it has gone out already, if any.

    rung: what the day's spending had left to ask.
    """

    written: Written
    judged: Judged
    memory: Memory = field(default_factory=Memory)
    release: Release | None = None
    rung: Rung = Rung.EVERYTHING

    @property
    def safe(self) -> bool:
        return self.judged.judgement.verdict is Verdict.SAFE

    @property
    def begun(self) -> bool:
        return self.release is not None and self.release.begun

    @property
    def attempts(self) -> dict[str, tuple[Attempt, ...]]:
        """By scenario, as the ledger keeps them."""
        return {
            "summarise": self.memory.attempts,
            "answer": self.written.attempts,
            "judge": self.judged.attempts,
        }

    @property
    def reason(self) -> HandoverReason:
        """Why a person gets the question, when it isn't safe."""
        if self.begun:
            return HandoverReason.BROKEN_OFF
        if self.written.effect is not None:
            return HandoverReason.TOOL_FAILED
        if self.written.answer is None:
            return HandoverReason.COST_FUSE if self.rung is Rung.PERSON else HandoverReason.FAILURE
        no_answer = self.judged.judgement.reason is UnsafeReason.NO_ANSWER
        return HandoverReason.NO_EVIDENCE if no_answer else HandoverReason.UNSAFE_ANSWER


_NOBODY = {Rung.PERSON: "the day's limit is spent"}

# Makes the way out for claims as they are written, for a request; None where there is none.
ReleaseOf = Callable[[AnswerRequest], Release | None]


def answered(
    head: Conversation,
    turn: Turn,
    profile: Profile,
    deadline: float,
    needs: Answering,
    release_of: ReleaseOf = lambda request: None,
) -> Outcome:
    """Writes and judges the answer of a turn that has its passages, and what tools have said."""
    turn = _with_tools(turn)
    remembering = Remembering(needs.turns, needs.writing, needs.clock)
    memory = remember(head, turn, profile.name, remembering, tokenise_pii=profile.tokenise_pii)
    request = _request(turn, profile, memory, deadline, needs)
    seen, vault = guarded(request, tokenise_pii=profile.tokenise_pii)
    # Claims with placeholders can't go out one by one: a placeholder may be cut in two.
    release = None if len(vault) else release_of(seen)
    written = _given_back(write_answer(profile.tenant, seen, needs.writing, release), vault)
    if written.answer is None:
        stopped = release.judgement if release else None
        return Outcome(written, Judged(stopped or Judgement(Verdict.UNSAFE)), memory, release)
    judgement = _local(written.answer, seen, turn, profile)
    judgement = last_look(judgement, written.answer.text, seen, whole=written.whole)
    if release is not None and release.begun:
        return Outcome(written, Judged(judgement), memory, release)
    answer, judgement = instead(written.answer, judgement, head, turn, profile.agent, needs.turns)
    judged = second_opinion(profile.tenant, shown(answer, vault), judgement, seen, needs.writing)
    return Outcome(replace(written, answer=answer), judged, memory, release)


def _request(
    turn: Turn, profile: Profile, memory: Memory, deadline: float, needs: Answering
) -> AnswerRequest:
    return AnswerRequest(
        question=turn.question,
        language=turn.language,
        passages=turn.passages,
        history=memory.history,
        tenant_name=profile.name,
        deadline=deadline,
        agent=profile.agent,
        summary=memory.summary,
        tools=offered(turn, needs.tools),
        uses=tuple(use for use in turn.tools if not use.effectful),
    )


def _given_back(written: Written, vault: Vault) -> Written:
    """What was written, with the customer's own data where a model saw placeholders."""
    if written.wishes is not None:
        return replace(written, wishes=wishes_restored(written.wishes, vault))
    if written.answer is None:
        return written
    answer, whole = restored(written.answer, vault)
    return replace(written, answer=answer, whole=whole)


def _with_tools(turn: Turn) -> Turn:
    """Passages that are no evidence are not shown beside tools: nothing shall be read into them."""
    if not turn.tools and turn.enough:
        return turn
    return replace(turn, passages=(turn.passages if turn.enough else ()) + evidence_of(turn.tools))


def _local(answer: Answer, seen: AnswerRequest, turn: Turn, profile: Profile) -> Judgement:
    """On the passages as the model saw them: an order that was taken out of one supports nothing."""
    return verdict_on(
        answer,
        seen.passages,
        turn.question,
        score_with_tools(turn.evidence_score, answer.citations),
        threshold=profile.agent.confidence_threshold,
    )


def ledger_of(outcome: Outcome, took_s: float) -> dict[str, Scalar]:
    """What the turn's record keeps of it."""
    answer, judgement = outcome.written.answer, outcome.judged.judgement
    every = [each for attempts in outcome.attempts.values() for each in attempts]
    why = judgement.reason.value if judgement.reason else ""
    return {
        "model": answer.model if answer else "",
        "answer": answer.text if answer else "",
        "prompt": outcome.written.prompt,
        "prompt_sha256": answer.prompt_sha256 if answer else "",
        "models_failed": ",".join(each.candidate for each in every if each.error),
        "attempts": _attempts_text(outcome),
        "tokens_in": sum(each.tokens_in for each in every),
        "tokens_out": sum(each.tokens_out for each in every),
        "price_usd": sum(each.price_usd for each in every),
        "verdict": judgement.verdict.value,
        "verdict_reason": why if answer else _NOBODY.get(outcome.rung, "every candidate failed"),
        "support": judgement.support,
        "confidence": judgement.confidence,
        "answerability": judgement.answerability,
        "gap": judgement.gap,
        "judge": outcome.judged.judge,
        "rung": outcome.rung.value,
        "asked_back": bool(answer and answer.asks_back),
        "generate_ms": round(took_s * 1000),
    }


def _attempts_text(outcome: Outcome) -> str:
    """One attribute of JSON: {scenario: [attempt, …]}, the scenarios that asked somebody."""
    told = {
        name: [asdict(each) for each in attempts] for name, attempts in outcome.attempts.items() if attempts
    }
    return json.dumps(told)
