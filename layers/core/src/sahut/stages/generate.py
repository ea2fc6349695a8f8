"""Write answer: candidates in order until one answers, then the verdict. Nothing is sent here.

The answer is split and stored part by part before the first part goes out.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace

from sahut.contracts.tasks import GenerateResult, TurnTask
from sahut.domain.answer import Answer, Verdict
from sahut.domain.conversation import Conversation
from sahut.domain.grounding import Judgement, UnsafeReason, judge
from sahut.domain.handover import HandoverReason
from sahut.domain.lane import Lane, Smalltalk
from sahut.domain.message import Channel
from sahut.domain.message_split import split_message
from sahut.domain.notices import disclosure, smalltalk_reply
from sahut.domain.profile import Profile
from sahut.domain.reply import reply_text
from sahut.domain.tenant import TenantId
from sahut.domain.turn import Part, Turn, answer_part_id
from sahut.ports.conversations import Scalar, Turns
from sahut.stages.ask_back import instead
from sahut.stages.candidates import Attempt
from sahut.stages.claiming import guard_epoch
from sahut.stages.judge_answer import Judged, second_opinion
from sahut.stages.prompting import AnswerRequest
from sahut.stages.remember import Memory, Remembering, remember
from sahut.stages.write_answer import Writing, Written, write_answer


@dataclass(frozen=True, slots=True)
class Generating:
    turns: Turns
    profile_of: Callable[[TenantId], Profile]
    writing: Writing
    clock: Callable[[], float]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What was written and whether it may go out."""

    written: Written
    judged: Judged
    memory: Memory = field(default_factory=Memory)

    @property
    def safe(self) -> bool:
        return self.judged.judgement.verdict is Verdict.SAFE

    @property
    def attempts(self) -> dict[str, tuple[Attempt, ...]]:
        """By scenario, as the ledger keeps them."""
        return {
            "summarise": self.memory.attempts,
            "answer": self.written.attempts,
            "judge": self.judged.attempts,
        }


def generate(task: TurnTask, needs: Generating) -> GenerateResult:
    """Writes and judges the answer of a turn, and stores its parts if they may be sent.

    Raises:
        Outdated: a newer dispatch attempt owns the turn.
    """
    started = needs.clock()
    head, turn = needs.turns.both(task.turn)
    guard_epoch(head, task.epoch)
    profile = needs.profile_of(task.turn.conversation.tenant)
    outcome = _outcome(task, head, turn, profile, needs)
    ledger = _ledger(outcome, needs.clock() - started)
    answer = outcome.written.answer
    if answer is None or not outcome.safe:
        needs.turns.record(task.turn, task.epoch, ledger)
        reason = _hand_over_for(outcome)
        return GenerateResult(safe=False, reason=reason.value, model=str(ledger["model"]))
    needs.turns.record_answer(task.turn, task.epoch, _parts(answer, head, turn, profile), ledger)
    return GenerateResult(safe=True, model=answer.model)


def _outcome(task: TurnTask, head: Conversation, turn: Turn, profile: Profile, needs: Generating) -> _Outcome:
    if turn.lane == Lane.SMALLTALK.value:
        text = smalltalk_reply(Smalltalk(turn.smalltalk), turn.language, profile.name)
        return _Outcome(Written(Answer(text, (), "smalltalk")), Judged(Judgement(Verdict.SAFE)))
    remembering = Remembering(needs.turns, needs.writing, needs.clock)
    memory = remember(head, turn, profile.name, remembering)
    request = AnswerRequest(
        question=turn.question,
        language=turn.language,
        passages=turn.passages,
        history=memory.history,
        tenant_name=profile.name,
        deadline=task.deadline,
        agent=profile.agent,
        summary=memory.summary,
    )
    written = write_answer(profile.tenant, request, needs.writing)
    if written.answer is None:
        return _Outcome(written, Judged(Judgement(Verdict.UNSAFE)), memory)
    judgement = judge(written.answer, turn.passages, turn.question)
    answer, judgement = instead(written.answer, judgement, head, turn, profile.agent, needs.turns)
    judged = second_opinion(profile.tenant, answer, judgement, request, needs.writing)
    return _Outcome(replace(written, answer=answer), judged, memory)


def _hand_over_for(outcome: _Outcome) -> HandoverReason:
    if outcome.written.answer is None:
        return HandoverReason.FAILURE
    no_answer = outcome.judged.judgement.reason is UnsafeReason.NO_ANSWER
    return HandoverReason.NO_EVIDENCE if no_answer else HandoverReason.UNSAFE_ANSWER


def _parts(answer: Answer, head: Conversation, turn: Turn, profile: Profile) -> list[Part]:
    says_machine = disclosure(turn.language, profile.name) if head.must_disclose else ""
    text = reply_text(answer, turn.language, says_machine, head.channel is Channel.WHATSAPP)
    pieces = split_message(text)
    return [
        Part(answer_part_id(turn.round, n), piece, order=n, citations=answer.citations)
        for n, piece in enumerate(pieces, start=1)
    ]


def _ledger(outcome: _Outcome, took_s: float) -> dict[str, Scalar]:
    answer, judgement = outcome.written.answer, outcome.judged.judgement
    every = [each for attempts in outcome.attempts.values() for each in attempts]
    why = judgement.reason.value if judgement.reason else ""
    return {
        "model": answer.model if answer else "",
        "prompt": outcome.written.prompt,
        "prompt_sha256": answer.prompt_sha256 if answer else "",
        "models_failed": ",".join(each.candidate for each in every if each.error),
        "attempts": _attempts_text(outcome),
        "tokens_in": sum(each.tokens_in for each in every),
        "tokens_out": sum(each.tokens_out for each in every),
        "price_usd": sum(each.price_usd for each in every),
        "verdict": judgement.verdict.value,
        "verdict_reason": why if answer else "every candidate failed",
        "support": judgement.support,
        "confidence": judgement.confidence,
        "judge": outcome.judged.judge,
        "asked_back": bool(answer and answer.asks_back),
        "generate_ms": round(took_s * 1000),
    }


def _attempts_text(outcome: _Outcome) -> str:
    """One attribute of JSON: {scenario: [attempt, …]}, the scenarios that asked somebody."""
    told = {
        name: [asdict(each) for each in attempts] for name, attempts in outcome.attempts.items() if attempts
    }
    return json.dumps(told)
