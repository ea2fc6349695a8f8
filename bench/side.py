"""A side of the comparison: a product that takes WhatsApp webhooks and answers through Graph."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Door:
    """Where and how messages are posted. phone_number_ids: the business numbers to write to.

    answer_mark: what a reply carries when the machine answered; other replies hand the customer to
    a person, who says nothing more in a bench. '': every reply is an answer.
    """

    webhook_url: str
    app_secret: str
    phone_number_ids: tuple[str, ...]
    answer_mark: str = ""


class Side(Protocol):
    """One product under test. Every method blocks; the caller runs them in a thread."""

    @property
    def name(self) -> str: ...

    def start(self, stub_url: str) -> None:
        """Starts it with model and Graph API at `stub_url`; returns when it takes webhooks.

        Raises:
            SideFailed: it did not come up.
        """
        ...

    def stop(self) -> None:
        """Ends every process it started; safe to call twice."""
        ...

    @property
    def door(self) -> Door: ...

    def processes(self) -> dict[int, str]:
        """Living processes that belong to the product, each with the kind it is counted as."""
        ...

    def crash(self) -> str:
        """Kills the working processes with -9, brings back what must be. Returns what was done."""
        ...


class SideFailed(RuntimeError):
    """A side did not come up; the text says why and where its log is."""
