"""What a crash loses and what a repeated delivery repeats."""

import asyncio
import time
from collections import Counter

from bench.figures import DuplicateFigures, LossFigures
from bench.http_client import Connection
from bench.load import new_customer, post_only
from bench.questions import question
from bench.side import Side
from bench.stubs import Stubs
from bench.webhooks import next_message_id, signature_header, text_webhook

# The peer repeats nothing once it has gone quiet; ours comes back when a queue's visibility ends.
_QUIET_S = 15.0


async def lose(side: Side, stubs: Stubs, messages: int, patience_s: float) -> LossFigures:
    """Posts at 8 clients with a model delay of 500 ms, kills right after the last acknowledgement.

    patience_s: how long missing replies are waited for, in seconds.
    """
    stubs.model_delay_s = 0.5
    posted = await post_only(8, messages, side.door)
    how = await asyncio.to_thread(side.crash)
    crashed_at = time.perf_counter()
    customers = {message.customer for message in posted if message.status == 200}
    await _settle(stubs, customers, patience_s)
    stubs.model_delay_s = 0.0
    counts = Counter(sent.recipient for sent in stubs.sent if sent.recipient in customers)
    last = max((sent.at for sent in stubs.sent if sent.recipient in customers), default=crashed_at)
    return LossFigures(
        side=side.name,
        acknowledged=len(customers),
        replied=len(counts),
        lost=len(customers) - len(counts),
        twice=sum(1 for count in counts.values() if count > 1),
        recovered_after_s=round(max(0.0, last - crashed_at), 1),
        how=how,
    )


async def deliver_three_times(side: Side, stubs: Stubs, messages: int) -> DuplicateFigures:
    """Each message is posted three times, one delivery right after the other was acknowledged."""
    door = side.door
    customers = [new_customer() for _ in range(messages)]
    connection = Connection(door.webhook_url)
    for number, customer in enumerate(customers):
        phone_number_id = door.phone_number_ids[number % len(door.phone_number_ids)]
        text = question(phone_number_id, number)
        body = text_webhook(phone_number_id, customer, text, next_message_id())
        for _ in range(3):
            await connection.post(body, signature_header(body, door.app_secret))
    connection.close()
    await _settle(stubs, set(), _QUIET_S)
    counts = [len(stubs.replies_to(customer)) for customer in customers]
    return DuplicateFigures(side.name, messages, 3 * messages, sum(counts), max(counts))


async def _settle(stubs: Stubs, customers: set[str], patience_s: float) -> None:
    """Waits until every customer has a reply and nothing more is sent, or patience ends."""
    until = time.perf_counter() + patience_s
    quiet_since, seen = time.perf_counter(), len(stubs.sent)
    while time.perf_counter() < until:
        await asyncio.sleep(0.2)
        if len(stubs.sent) != seen:
            quiet_since, seen = time.perf_counter(), len(stubs.sent)
        complete = all(stubs.replies_to(customer) for customer in customers)
        if complete and time.perf_counter() - quiet_since > _QUIET_S / 3:
            return
