"""Write answer: candidates in order until one answers, then the verdict. Nothing is sent here.

The answer is split and stored part by part before the first part goes out.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace

from sahut.contracts.tasks import GenerateResult, TurnTask
from sahut.domain.answer import Answer, Verdict
from sahut.domain.conversation import Conversation
from sahut.domain.errors import Conflict, Outdated
from sahut.domain.grounding import Judgement, UnsafeReason, judge
from sahut.domain.handover import HandoverReason
from sahut.domain.lane import Lane, Smalltalk
from sahut.domain.message import Channel
from sahut.domain.message_split import split_message
from sahut.domain.models import Scenario
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
from sahut.stages.release import Release, Releasing
from sahut.stages.remember import Memory, Remembering, remember
from sahut.stages.write_answer import Writing, Written, write_answer


@dataclass(frozen=True, slots=True)
class Generating:
    """listening: whether somebody has the conversation open and would see an answer as it is written."""

    turns: Turns
    profile_of: Callable[[TenantId], Profile]
    writing: Writing
    releasing: Releasing
    listening: Callable[[Conversation], bool]
    clock: Callable[[], float]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What was written and whether it may go out. release: what of it has gone out already, if any."""

    written: Written
    judged: Judged
    memory: Memory = field(default_factory=Memory)
    release: Release | None = None

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


def generate(task: TurnTask, needs: Generating) -> GenerateResult:
    """Writes and judges the answer of a turn, and stores its parts if they may be sent.

    Raises:
        Outdated: a newer dispatch attempt owns the turn.
    """
    started = needs.clock()
    head, turn = needs.turns.both(task.turn)
    guard_epoch(head, task.epoch)
    if turn.streaming:  # an earlier call died in the middle of what the customer was reading
        return GenerateResult(safe=False, reason=HandoverReason.BROKEN_OFF.value)
    profile = needs.profile_of(task.turn.conversation.tenant)
    outcome = _outcome(task, head, turn, profile, needs)
    ledger = _ledger(outcome, needs.clock() - started)
    answer = outcome.written.answer
    if answer is None or not outcome.safe:
        needs.turns.record(task.turn, task.epoch, ledger)
        reason = _hand_over_for(outcome)
        return GenerateResult(safe=False, reason=reason.value, model=str(ledger["model"]))
    if outcome.release is not None and outcome.release.begun:
        return _ended(task, answer, outcome.release, ledger, needs)
    needs.turns.record_answer(task.turn, task.epoch, _parts(answer, head, turn, profile), ledger)
    return GenerateResult(safe=True, model=answer.model)


def _ended(
    task: TurnTask, answer: Answer, release: Release, ledger: dict[str, Scalar], needs: Generating
) -> GenerateResult:
    """Lets the rest of an answer out that the customer is reading already."""
    needs.turns.record(task.turn, task.epoch, ledger)
    try:
        release.end(answer)
    except Outdated:
        raise
    except Conflict:  # a person took the conversation: the hand-over sees who has it
        return GenerateResult(safe=False, reason=HandoverReason.BROKEN_OFF.value, model=answer.model)
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
    release = _release(head, turn, request, profile, needs)
    written = write_answer(profile.tenant, request, needs.writing, release)
    if written.answer is None:
        stopped = release.judgement if release else None
        return _Outcome(written, Judged(stopped or Judgement(Verdict.UNSAFE)), memory, release)
    judgement = judge(written.answer, turn.passages, turn.question)
    if release is not None and release.begun:
        return _Outcome(written, Judged(judgement), memory, release)
    answer, judgement = instead(written.answer, judgement, head, turn, profile.agent, needs.turns)
    judged = second_opinion(profile.tenant, answer, judgement, request, needs.writing)
    return _Outcome(replace(written, answer=answer), judged, memory, release)


def _release(
    head: Conversation, turn: Turn, request: AnswerRequest, profile: Profile, needs: Generating
) -> Release | None:
    """A way out for claims as they are written, where somebody looks and no judge must see them first."""
    judged = needs.writing.models_of(profile.tenant).of(Scenario.JUDGE)
    if head.channel is not Channel.WEBCHAT or judged or not needs.listening(head):
        return None
    says_machine = disclosure(turn.language, profile.name) if head.must_disclose else ""
    return Release(head, turn, request, says_machine, needs.releasing)


def _hand_over_for(outcome: _Outcome) -> HandoverReason:
    if outcome.begun:
        return HandoverReason.BROKEN_OFF
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
