"""The closed set of errors that a state machine sees, and which error becomes which."""

from __future__ import annotations

import pytest

from sahut.domain import errors
from sahut.runtime import stage_errors
from sahut.runtime.stage_errors import translate

SECRET = "what the customer wrote"
ID = "turn-1"

TABLE: list[tuple[BaseException, type[Exception]]] = [
    (errors.TryAgain(SECRET), stage_errors.Transient),
    (errors.Conflict(SECRET), stage_errors.Transient),
    (errors.Outdated(SECRET), stage_errors.Outdated),
    (errors.TenantDenied(SECRET), stage_errors.TenantDenied),
    (errors.Refused(SECRET), stage_errors.Permanent),
    (errors.ChannelRefused(131026, SECRET), stage_errors.Permanent),
    (errors.NotFound(SECRET), stage_errors.Permanent),
    (errors.WorkStopped(SECRET), stage_errors.Permanent),
    (errors.Uncertain(SECRET), stage_errors.Permanent),
    (errors.SahutError(SECRET), stage_errors.Permanent),
    (ValueError(SECRET), stage_errors.Permanent),
    (KeyError(SECRET), stage_errors.Permanent),
    (RuntimeError(SECRET), stage_errors.Permanent),
    (TimeoutError(SECRET), stage_errors.Permanent),
]


@pytest.mark.parametrize(("error", "expected"), TABLE, ids=lambda value: type(value).__name__)
def test_translation(error: BaseException, expected: type[Exception]) -> None:
    found = translate(error, ID)
    assert type(found) is expected, "Step Functions matches the exact class"
    assert str(found) == f"{type(error).__name__} ({ID})"
    assert SECRET not in repr(found)


@pytest.mark.parametrize("known", stage_errors.ALL, ids=lambda each: each.__name__)
def test_what_is_of_the_set_stays_what_it_is(known: type[Exception]) -> None:
    error = known("x")
    assert translate(error, ID) is error
    assert known.__mro__[1] is Exception, "no base class would be matched"


def test_every_error_of_the_domain_has_a_row() -> None:
    def tree(error: type[BaseException]) -> set[type[BaseException]]:
        return {error}.union(*(tree(each) for each in error.__subclasses__()))

    own = {each for each in tree(errors.SahutError) if each.__module__ == errors.__name__}
    assert own == {type(error) for error, _ in TABLE if isinstance(error, errors.SahutError)}
