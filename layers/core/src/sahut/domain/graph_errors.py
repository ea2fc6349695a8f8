"""What to do about an error code of Meta's Graph API. One table; FACTS §3 is its source."""

from collections.abc import Iterable, Mapping
from enum import StrEnum


class GraphOutcome(StrEnum):
    """What a coded error asks for. None of these messages was delivered.

    RETRY: later, with backoff. RETRY_PAIR: later, and until then nothing to this customer.
    TEMPLATE: only a template may go out (24-hour window). NEVER: not this message to this customer.
    ALERT: nothing goes out before the tenant mends their account.
    """

    RETRY = "retry"
    RETRY_PAIR = "retry_pair"
    TEMPLATE = "template"
    NEVER = "never"
    ALERT = "alert"


_CODES: Mapping[GraphOutcome, Iterable[int]] = {
    GraphOutcome.RETRY: (
        *(1, 2, 4, 80007, 130429, 131000, 131016, 131057),
        *(17, 32, 613, 133004),  # Graph's other rate limits, and WhatsApp's server being away
    ),
    GraphOutcome.RETRY_PAIR: (131056,),
    GraphOutcome.TEMPLATE: (131047,),
    GraphOutcome.NEVER: (
        *(100, 131008, 131009, 131026, 131050, 131051),
        *range(132000, 132013),
        131062,  # authentication templates need a phone number
    ),
    GraphOutcome.ALERT: (
        *(0, 3, 10, 190, 368, 131031, 131042, 131045),
        *range(200, 300),
        # not in FACTS, from Meta's list of error codes: the number is gone, lacks access, a display
        # name or a registration, or is held back as a spammer
        *(33, 131005, 131037, 131048, 133010),
    ),
}

_OUTCOMES: Mapping[int, GraphOutcome] = {code: outcome for outcome, codes in _CODES.items() for code in codes}


def outcome_of(code: int) -> GraphOutcome:
    """What the code asks for.

    A code that we do not know is NEVER: the message certainly did not go out, so a person writes
    to the customer now, instead of a machine that repeats what may be refused for ever.
    """
    return _OUTCOMES.get(code, GraphOutcome.NEVER)
