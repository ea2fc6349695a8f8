"""Choose lane: which kind of help is this, and may a machine answer it?

Refuses to know any document. Whoever asks for a person gets one.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass

from sahut.contracts.tasks import RouteResult, TurnTask
from sahut.domain.errors import Outdated
from sahut.domain.handover import HandoverReason
from sahut.domain.lane import Lane, LaneChoice, Smalltalk, choose_lane
from sahut.domain.language import detect_language, pick_language
from sahut.domain.message import MessageKind
from sahut.domain.models import Scenario
from sahut.domain.profile import Profile
from sahut.domain.tenant import TenantId
from sahut.domain.turn import Turn
from sahut.ports.conversations import Scalar, Turns
from sahut.stages.confirm import Confirming, answered_question
from sahut.stages.intend import Intended, Intending, intend
from sahut.stages.spend import Booking, spend

# What carries its meaning in words. Everything else is for a person's eyes.
_READABLE = frozenset(
    {MessageKind.TEXT, MessageKind.INTERACTIVE, MessageKind.BUTTON, MessageKind.REQUEST_WELCOME}
)


@dataclass(frozen=True, slots=True)
class Routing:
    turns: Turns
    profile_of: Callable[[TenantId], Profile]
    confirming: Confirming
    intending: Intending
    booking: Booking


def route(task: TurnTask, needs: Routing) -> RouteResult:
    """Decides the lane and the language of a turn.

    Raises:
        Outdated: a newer dispatch attempt owns the turn.
    """
    head, turn = needs.turns.both(task.turn)
    if turn.epoch != task.epoch:
        raise Outdated(f"turn {task.turn_id} belongs to a newer attempt")
    profile = needs.profile_of(task.turn.conversation.tenant)
    language = pick_language(
        detect_language(turn.question, profile.default_language), profile.languages, profile.default_language
    )
    choice, intended = _choose(turn, profile), Intended()
    answered = answered_question(head, turn, needs.confirming)
    if answered is not None and choice.lane is not Lane.PERSON:
        choice = LaneChoice(answered)
    if choice.lane is Lane.ANSWER:
        intended = intend(turn.question, profile, needs.intending)
        spend(task.turn, profile.agent.name, {Scenario.ROUTE.value: intended.attempts}, needs.booking)
        choice = intended.choice or choice
    smalltalk = choice.smalltalk.value if choice.smalltalk else ""
    reason = choice.reason.value if choice.reason else ""
    saw: dict[str, Scalar] = {"lane": choice.lane.value, "smalltalk": smalltalk, "language": language}
    if intended.attempts:
        told = [asdict(each) for each in intended.attempts]
        saw |= {"intent": intended.intent, "route_attempts": json.dumps(told)}
    needs.turns.record(task.turn, task.epoch, saw)
    return RouteResult(
        lane=choice.lane.value,
        may_answer=choice.lane is not Lane.PERSON,
        needs_passages=choice.lane is Lane.ANSWER,
        reason=reason,
    )


def _choose(turn: Turn, profile: Profile) -> LaneChoice:
    kinds = {message.kind for message in turn.messages if not message.heard}
    wanted = choose_lane(turn.question, profile.name, profile.own_topics)
    if wanted.lane is Lane.PERSON:
        return wanted
    if not kinds <= _READABLE:  # what a model heard or saw counts as words
        return LaneChoice(Lane.PERSON, HandoverReason.MEDIA_UNREADABLE)
    if not turn.question.strip():
        # Somebody opened the chat and wrote nothing yet.
        return LaneChoice(Lane.SMALLTALK, smalltalk=Smalltalk.GREETING)
    return wanted
