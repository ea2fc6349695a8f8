"""Statuses come late, twice, out of order and with gaps; what they add up to must not care."""

from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from sahut.domain.delivery_status import Progress, advance
from sahut.domain.message import DeliveryStatus, status_rank

STATUSES = st.lists(st.sampled_from(DeliveryStatus), max_size=12)


def _after(statuses: list[DeliveryStatus]) -> Progress:
    return reduce(advance, statuses, Progress())


@given(STATUSES, st.randoms(use_true_random=False))
def test_the_order_does_not_matter(statuses: list[DeliveryStatus], random: object) -> None:
    shuffled = list(statuses)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert _after(shuffled) == _after(statuses)


@given(STATUSES)
def test_repeating_does_not_matter(statuses: list[DeliveryStatus]) -> None:
    assert _after(statuses + statuses) == _after(statuses)


@given(STATUSES, st.sampled_from(DeliveryStatus))
def test_nothing_ever_goes_back(statuses: list[DeliveryStatus], new: DeliveryStatus) -> None:
    before, after = _after(statuses), _after([*statuses, new])
    assert _rank(after) >= _rank(before)
    assert after.failed >= before.failed
    assert after.arrived >= before.arrived


@given(STATUSES)
def test_the_furthest_status_is_reached(statuses: list[DeliveryStatus]) -> None:
    progress = _after(statuses)
    assert _rank(progress) == max(map(status_rank, statuses), default=0)
    assert progress.failed == (DeliveryStatus.FAILED in statuses)


def _rank(progress: Progress) -> int:
    return status_rank(progress.reached) if progress.reached else 0


def test_the_ranks_are_those_of_whatsapp() -> None:
    in_order = ["failed", "sent", "delivered", "read", "played"]
    assert sorted(DeliveryStatus, key=status_rank) == in_order
    assert len({status_rank(status) for status in DeliveryStatus}) == len(in_order)


def test_a_failure_beside_a_delivery_leaves_it_delivered() -> None:
    progress = _after([DeliveryStatus.SENT, DeliveryStatus.FAILED, DeliveryStatus.DELIVERED])
    assert progress == Progress(DeliveryStatus.DELIVERED, failed=True)
    assert progress.arrived
    assert not _after([DeliveryStatus.SENT, DeliveryStatus.FAILED]).arrived
