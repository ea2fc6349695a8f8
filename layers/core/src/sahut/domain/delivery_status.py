"""How far one of our messages came, told by statuses in any order, repeated and with gaps."""

from dataclasses import dataclass, replace

from sahut.domain.message import DeliveryStatus, status_rank


@dataclass(frozen=True, slots=True)
class Progress:
    """reached: the furthest status seen, None for none. failed: whether a failure was told.

    The two are apart because both can be true: a failure on one of a customer's devices may come
    after the delivery to another.
    """

    reached: DeliveryStatus | None = None
    failed: bool = False

    @property
    def arrived(self) -> bool:
        """Whether the customer has it for certain, whatever failed beside."""
        return self.reached is not None and status_rank(self.reached) >= status_rank(DeliveryStatus.DELIVERED)


def advance(current: Progress, new: DeliveryStatus) -> Progress:
    """Progress after one more status. Never goes back, so the order of statuses does not matter."""
    if new is DeliveryStatus.FAILED:
        return replace(current, failed=True)
    if current.reached is None or status_rank(new) > status_rank(current.reached):
        return replace(current, reached=new)
    return current
