"""Write answer: candidates in order until one answers, then the verdict. Nothing is sent here.

The answer is split and stored part by part before the first part goes out.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

from sahut.contracts.tasks import GenerateResult, TurnTask
from sahut.domain.answer import Answer, Verdict
from sahut.domain.budget import Rung
from sahut.domain.confirming import declined, done
from sahut.domain.conversation import Conversation
from sahut.domain.errors import Conflict, Outdated
from sahut.domain.grounding import Judgement
from sahut.domain.handover import HandoverReason
from sahut.domain.lane import Lane, Smalltalk
from sahut.domain.message import Channel
from sahut.domain.message_split import split_message
from sahut.domain.models import EXTRACTIVE, Scenario
from sahut.domain.notices import disclosure, smalltalk_reply
from sahut.domain.profile import Profile
from sahut.domain.quoting import citation
from sahut.domain.reply import reply_text
from sahut.domain.tenant import TenantId
from sahut.domain.tool_use import ToolOutcome, ToolUse, evidence_of
from sahut.domain.tools import Tool
from sahut.domain.turn import Part, Turn, answer_part_id
from sahut.ports.conversations import Scalar, Turns
from sahut.ports.tools import ToolUses
from sahut.stages.answering import Answering, Outcome, answered, ledger_of
from sahut.stages.claiming import guard_epoch
from sahut.stages.judge_answer import Judged
from sahut.stages.prompting import AnswerRequest
from sahut.stages.release import Release, Releasing
from sahut.stages.spend import Booking, spend
from sahut.stages.tools_wanted import Wishes, asked_before, carry_out, want_tools
from sahut.stages.write_answer import Writing, Written


@dataclass(frozen=True, slots=True)
class Generating:
    """listening: whether somebody has the conversation open and would see an answer as it is written.

    booking: where the models' cost is counted.
    """

    turns: Turns
    profile_of: Callable[[TenantId], Profile]
    writing: Writing
    tools_of: Callable[[TenantId], tuple[Tool, ...]]
    uses: ToolUses
    releasing: Releasing
    listening: Callable[[Conversation], bool]
    booking: Booking
    clock: Callable[[], float]


def generate(task: TurnTask, needs: Generating) -> GenerateResult:
    """Writes and judges the answer of a turn, and stores its parts if they may be sent.

    Raises:
        Outdated: a newer dispatch attempt owns the turn.
    """
    started = needs.clock()
    head, turn = needs.turns.both(task.turn)
    guard_epoch(head, task.epoch)
    known = _decided(task, turn)
    if known is not None:
        return known
    profile = needs.profile_of(task.turn.conversation.tenant)
    outcome = _outcome(task, head, turn, profile, needs)
    if isinstance(outcome, GenerateResult):
        return outcome
    spend(task.turn, profile.agent.name, outcome.attempts, needs.booking)
    ledger = ledger_of(outcome, needs.clock() - started)
    if outcome.written.wishes is not None:
        return _wanted(task, head, turn, profile, outcome.written.wishes, ledger, needs)
    answer = outcome.written.answer
    if answer is None or not outcome.safe:
        gave_up = f"{_call(task, turn)} {outcome.reason}"
        needs.turns.record(task.turn, task.epoch, {**ledger, "gave_up": gave_up})
        return GenerateResult(safe=False, reason=outcome.reason.value, model=str(ledger["model"]))
    if outcome.release is not None and outcome.release.begun:
        return _ended(task, answer, outcome.release, ledger, needs)
    needs.turns.record_answer(task.turn, task.epoch, _parts(answer, head, turn, profile), ledger)
    return GenerateResult(safe=True, model=answer.model)


def _wanted(
    task: TurnTask,
    head: Conversation,
    turn: Turn,
    profile: Profile,
    wishes: Wishes,
    ledger: dict[str, Scalar],
    needs: Generating,
) -> GenerateResult:
    """Calls of tools to make first, or the question whether to make one."""
    tools = needs.tools_of(profile.tenant)
    asked = want_tools(task, turn, wishes, tools, ledger, needs.uses, needs.clock())
    if isinstance(asked, GenerateResult):
        return asked
    told = {"model": asked.model, "answer": asked.text, "verdict": Verdict.SAFE.value, "verdict_reason": ""}
    needs.turns.record_answer(task.turn, task.epoch, _parts(asked, head, turn, profile), ledger | told)
    return GenerateResult(safe=True, model=asked.model)


def _decided(task: TurnTask, turn: Turn) -> GenerateResult | None:
    """What an earlier call came to whose answer got lost: no model is asked, and paid, a second time."""
    if turn.streaming:  # it died in the middle of what the customer was reading
        return GenerateResult(safe=False, reason=HandoverReason.BROKEN_OFF.value)
    if turn.answer_parts:
        return GenerateResult(safe=True, model=turn.model)
    call, _, reason = turn.gave_up.partition(" ")
    if call == _call(task, turn):
        return GenerateResult(safe=False, reason=reason, model=turn.model)
    return asked_before(task, turn)


def _call(task: TurnTask, turn: Turn) -> str:
    """The same for all calls of one state of one execution."""
    return f"{task.epoch}.{turn.round}.{task.tool_round}"


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


def _outcome(
    task: TurnTask, head: Conversation, turn: Turn, profile: Profile, needs: Generating
) -> Outcome | GenerateResult:
    if turn.lane == Lane.SMALLTALK.value:
        return _in_our_words(smalltalk_reply(Smalltalk(turn.smalltalk), turn.language, profile.name))
    if turn.lane == Lane.DECLINED.value:
        return _in_our_words(declined(turn.language))
    if turn.lane == Lane.CONFIRMED.value:
        effect = carry_out(task, head, turn, needs.uses)
        return effect if isinstance(effect, GenerateResult) else _carried_out(effect, turn.language)

    def release_of(request: AnswerRequest) -> Release | None:
        """Where a model writes, somebody looks, and no judge must see claims first."""
        models = needs.writing.models_of(profile.tenant)
        # Quotations come all at once: whether somebody looks need not be asked of the store.
        writes = models.of(Scenario.ANSWER) != (EXTRACTIVE,) and not models.of(Scenario.JUDGE)
        # Only its end tells whether a text comes with calls of tools, and then none of it may be out.
        webchat = head.channel is Channel.WEBCHAT and not request.tools
        if not (writes and webchat and needs.listening(head)):
            return None
        says_machine = disclosure(turn.language, profile.name) if head.must_disclose else ""
        return Release(head, turn, request, says_machine, needs.releasing)

    rung = needs.writing.models_of(profile.tenant).rung
    if rung is Rung.PERSON:
        return Outcome(Written(None), Judged(Judgement(Verdict.UNSAFE)), rung=rung)
    answering = Answering(needs.turns, needs.writing, needs.clock, needs.tools_of(profile.tenant))
    return replace(answered(head, turn, profile, task.deadline, answering, release_of), rung=rung)


def _in_our_words(text: str) -> Outcome:
    return Outcome(Written(Answer(text, (), "smalltalk")), Judged(Judgement(Verdict.SAFE)))


def _carried_out(effect: ToolUse, language: str) -> Outcome:
    """Told in our words, because no model shall say that something was done; or a person finds out."""
    if effect.outcome is not ToolOutcome.DONE:
        return Outcome(Written(None, effect=effect), Judged(Judgement(Verdict.UNSAFE)))
    hits = evidence_of([replace(effect, result=effect.result or effect.title)])
    text = done(effect.title, json.loads(effect.arguments), language)
    answer = Answer(text, tuple(citation(1, hit) for hit in hits), "tool")
    return Outcome(Written(answer, effect=effect), Judged(Judgement(Verdict.SAFE)))


def _parts(answer: Answer, head: Conversation, turn: Turn, profile: Profile) -> list[Part]:
    says_machine = disclosure(turn.language, profile.name) if head.must_disclose else ""
    text = reply_text(answer, turn.language, says_machine, head.channel is Channel.WHATSAPP)
    pieces = split_message(text)
    return [
        Part(answer_part_id(turn.round, n), piece, order=n, citations=answer.citations)
        for n, piece in enumerate(pieces, start=1)
    ]
