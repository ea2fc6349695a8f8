"""Why a person gets a conversation, and the ticket that says so."""

from dataclasses import dataclass
from enum import StrEnum

from sahut.domain.tenant import ConversationRef


class HandoverReason(StrEnum):
    ASKED_FOR_PERSON = "asked_for_person"
    NO_EVIDENCE = "no_evidence"
    UNSAFE_ANSWER = "unsafe_answer"
    MEDIA_UNREADABLE = "media_unreadable"
    AT_RISK = "at_risk"
    SELF_HARM = "self_harm"
    OUT_OF_SCOPE = "out_of_scope"
    BROKEN_OFF = "broken_off"
    DELIVERY_REFUSED = "delivery_refused"
    DELIVERY_UNCERTAIN = "delivery_uncertain"
    WINDOW_CLOSED = "window_closed"
    TOO_LATE = "too_late"
    FAILURE = "failure"
    COST_FUSE = "cost_fuse"
    TOOL_FAILED = "tool_failed"
    DEAD_LETTER = "dead_letter"
    STALE = "stale"


# The one error of the workflow that customers are told apart from other failures.
_ERRORS = {"DeadlinePassed": HandoverReason.TOO_LATE}


def reason_of(text: str) -> HandoverReason:
    """The reason named by `text`, be it a reason or the name of an error; else a failure."""
    if text in _ERRORS:
        return _ERRORS[text]
    try:
        return HandoverReason(text)
    except ValueError:
        return HandoverReason.FAILURE


@dataclass(frozen=True, slots=True)
class Ticket:
    """A person's work item. Its id is the id of the turn that opened it."""

    conversation: ConversationRef
    ticket_id: str
    reason: HandoverReason
    opened_at: float
