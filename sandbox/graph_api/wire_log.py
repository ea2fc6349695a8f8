"""The last things that went over the wire between Meta's side and the product, for the phone page."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from sandbox.graph_api.webhooks import Json
from sandbox.graph_api.world import World

_LINES = 40
_HOW = {"ok": "200", "pending": "…", "given_up": "given up"}
Kept = TypeVar("Kept")


def wire_lines(world: World) -> list[Json]:
    """Newest first: {at, way: webhook or sent, what, how}. No customer's words."""
    lines = [*_webhooks(world), *_calls(world)]
    return sorted(lines, key=lambda line: float(str(line["at"])), reverse=True)[:_LINES]


def _webhooks(world: World) -> Iterator[Json]:
    for posting in _last(world.poster.log):
        about = ", ".join(posting.about)
        yield {"at": posting.at, "way": "webhook", "what": about, "how": _HOW[posting.state]}


def _calls(world: World) -> Iterator[Json]:
    for sent in _last(world.outbox):
        yield {"at": sent["at"], "way": "sent", "what": sent["type"], "how": "accepted"}
    for receipt in _last(world.receipts):
        what = "read + typing" if receipt["typing"] else "read"
        yield {"at": receipt["at"], "way": "sent", "what": what, "how": "accepted"}
    for refused in _last(world.refused):
        how = f"refused {refused['code']}"
        yield {"at": refused["at"], "way": "sent", "what": refused["details"], "how": how}


def _last(kept: Sequence[Kept]) -> Sequence[Kept]:
    return kept[-_LINES:]
