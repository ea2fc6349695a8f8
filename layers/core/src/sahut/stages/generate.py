"""Write answer: candidates in order until one answers, then the verdict. Nothing is sent here.

The answer is split and stored part by part before the first part goes out.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass

from sahut.contracts.tasks import GenerateResult, TurnTask
from sahut.domain.answer import Answer, Verdict
from sahut.domain.conversation import Conversation
from sahut.domain.grounding import UnsafeReason, judge
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
from sahut.stages.claiming import guard_epoch
from sahut.stages.prompting import AnswerRequest
from sahut.stages.write_answer import Writing, Written, write_answer

# What a model gets of the conversation before the burst.
HISTORY_LINES = 10


@dataclass(frozen=True, slots=True)
class Generating:
    turns: Turns
    profile_of: Callable[[TenantId], Profile]
    writing: Writing
    clock: Callable[[], float]


def generate(task: TurnTask, needs: Generating) -> GenerateResult:
    """Writes and judges the answer of a turn, and stores its parts if they may be sent.

    Raises:
        Outdated: a newer dispatch attempt owns the turn.
    """
    started = needs.clock()
    head, turn = needs.turns.both(task.turn)
    guard_epoch(head, task.epoch)
    profile = needs.profile_of(task.turn.conversation.tenant)
    if turn.lane == Lane.SMALLTALK.value:
        text = smalltalk_reply(Smalltalk(turn.smalltalk), turn.language, profile.name)
        written = Written(Answer(text, (), "smalltalk"))
        verdict, why = Verdict.SAFE, ""
    else:
        written = _write(task, head, turn, profile, needs)
        verdict, why = _judge(written, turn)
    ledger = _ledger(written, verdict, why, needs.clock() - started)
    if written.answer is None or verdict is not Verdict.SAFE:
        needs.turns.record(task.turn, task.epoch, ledger)
        return GenerateResult(
            safe=False, reason=_hand_over_for(written, why).value, model=str(ledger["model"])
        )
    parts = _parts(written.answer, head, turn, profile)
    needs.turns.record_answer(task.turn, task.epoch, parts, ledger)
    return GenerateResult(safe=True, model=written.answer.model)


def _hand_over_for(written: Written, why: str) -> HandoverReason:
    if written.answer is None:
        return HandoverReason.FAILURE
    no_answer = why == UnsafeReason.NO_ANSWER.value
    return HandoverReason.NO_EVIDENCE if no_answer else HandoverReason.UNSAFE_ANSWER


def _write(task: TurnTask, head: Conversation, turn: Turn, profile: Profile, needs: Generating) -> Written:
    request = AnswerRequest(
        question=turn.question,
        language=turn.language,
        passages=turn.passages,
        history=_history(head, turn, needs.turns),
        tenant_name=profile.name,
        deadline=task.deadline,
    )
    return write_answer(profile.tenant, request, needs.writing)


def _history(head: Conversation, turn: Turn, turns: Turns) -> tuple[tuple[str, str], ...]:
    """Earlier words as (role, text), oldest first: the customer's, ours and a person's."""
    first = min((message.line for message in turn.messages), default=0)
    if first <= 1:
        return ()
    lines = turns.last_lines(head.ref, HISTORY_LINES + len(turn.messages))
    earlier = [line for line in lines if line.line < first and line.text and not line.revoked]
    roles = {"customer": "user"}
    return tuple((roles.get(line.author, "assistant"), line.text) for line in earlier[-HISTORY_LINES:])


def _judge(written: Written, turn: Turn) -> tuple[Verdict, str]:
    if written.answer is None:
        return Verdict.UNSAFE, "every candidate failed"
    judgement = judge(written.answer, turn.passages, turn.question)
    return judgement.verdict, judgement.reason.value if judgement.reason else ""


def _parts(answer: Answer, head: Conversation, turn: Turn, profile: Profile) -> list[Part]:
    says_machine = disclosure(turn.language, profile.name) if head.must_disclose else ""
    text = reply_text(answer, turn.language, says_machine, head.channel is Channel.WHATSAPP)
    pieces = split_message(text)
    return [
        Part(answer_part_id(turn.round, n), piece, order=n, citations=answer.citations)
        for n, piece in enumerate(pieces, start=1)
    ]


def _ledger(written: Written, verdict: Verdict, why: str, took_s: float) -> dict[str, Scalar]:
    answer = written.answer
    return {
        "model": answer.model if answer else "",
        "prompt_sha256": answer.prompt_sha256 if answer else "",
        "models_failed": ",".join(each.candidate for each in written.attempts if each.error),
        "attempts": json.dumps([asdict(each) for each in written.attempts]),
        "tokens_in": sum(each.tokens_in for each in written.attempts),
        "tokens_out": sum(each.tokens_out for each in written.attempts),
        "price_usd": sum(each.price_usd for each in written.attempts),
        "verdict": verdict.value,
        "verdict_reason": why,
        "generate_ms": round(took_s * 1000),
    }
