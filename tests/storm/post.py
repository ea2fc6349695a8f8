"""Posts the storm's webhooks as Meta does: signed, from several threads, again until it hears 200."""

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sandbox.endpoints import WhatsAppEndpoints
from sandbox.graph_api import webhooks
from sandbox.graph_api.webhooks import Business, Customer, Item, Json
from tests.storm.customers import BUSINESSES, NUMBERS, Person
from tests.storm.plan import Plan, Post, Said, StatusSlot

THREADS = 5
# Meta waits longer; a webhook that is not answered in this time is posted again beside itself.
POST_TIMEOUT_S = 20.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 2.0
# Faults end with the storm, so whatever is refused for so long is refused for ever.
_GIVE_UP_S = 120.0

Accepted = dict[str, object]


class NeverAcknowledged(RuntimeError):
    """A webhook heard no 200 for two minutes."""


@dataclass(slots=True)
class Delivery:
    """How one post fared. answers: HTTP statuses in order, 0 for none. acked_at: epoch seconds."""

    post: Post
    answers: list[int] = field(default_factory=list)
    acked_at: float = 0.0
    seconds: float = 0.0


def call(url: str, body: bytes, headers: dict[str, str], timeout_s: float) -> tuple[int, bytes]:
    """POSTs; (status, body), and (0, b"") when no answer came."""
    request = urllib.request.Request(url, body, headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except (OSError, ValueError):
        return 0, b""


class Poster:
    """began_at: epoch seconds of the storm's beginning. accepted: what Meta has accepted from us by now."""

    def __init__(
        self,
        plan: Plan,
        whatsapp: WhatsAppEndpoints,
        began_at: float,
        accepted: Callable[[], Sequence[Accepted]],
    ) -> None:
        self._plan = plan
        self._whatsapp = whatsapp
        self._began_at = began_at
        self._accepted = accepted
        self._bodies: dict[int, bytes] = {}
        self._lock = threading.Lock()

    def deliver(self, post: Post) -> Delivery:
        """Raises: NeverAcknowledged."""
        body = self._body(post)
        headers = {
            "Content-Type": "application/json",
            "X-Hub-Signature-256": webhooks.sign(body, self._whatsapp.app_secret),
        }
        delivery, pause_s = Delivery(post), _FIRST_PAUSE_S
        give_up_at = time.monotonic() + _GIVE_UP_S
        while not delivery.acked_at:
            began = time.monotonic()
            status, _ = call(self._whatsapp.webhook_url, body, headers, POST_TIMEOUT_S)
            delivery.answers.append(status)
            delivery.seconds = time.monotonic() - began
            if status == 200:
                delivery.acked_at = time.time()
            elif time.monotonic() > give_up_at:
                raise NeverAcknowledged(f"webhook {post.webhook} heard {delivery.answers[-5:]}")
            else:
                time.sleep(pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
        return delivery

    def _body(self, post: Post) -> bytes:
        with self._lock:
            if post.webhook not in self._bodies:
                self._bodies[post.webhook] = webhooks.encode(self._envelope(post))
            return self._bodies[post.webhook]

    def _envelope(self, post: Post) -> Json:
        if post.number:
            return webhooks.batch(
                Business(post.number),
                *(_item(said, self._person(said), self._began_at) for said in post.items),
            )
        by_business: dict[Business, list[Item]] = {}
        for said in post.items:
            business = BUSINESSES[self._person(said).tenant]
            by_business.setdefault(business, []).append(_item(said, self._person(said), self._began_at))
        for slot in post.statuses:
            business, item = self._status(slot)
            by_business.setdefault(business, []).append(item)
        return webhooks.join(*(webhooks.batch(business, *items) for business, items in by_business.items()))

    def _person(self, said: Said) -> Person:
        return self._plan.people[said.person]

    def _status(self, slot: StatusSlot) -> tuple[Business, Item]:
        """Of a message that Meta accepted; before there is any, of one that we never sent."""
        accepted = self._accepted()
        if not accepted:
            nobody, unknown = Customer(phone="62811111111"), webhooks.wamid(f"never sent/{slot.pick}")
            return BUSINESSES[0], webhooks.status(unknown, slot.state, nobody, at=time.time())
        sent = accepted[int(slot.pick * len(accepted))]
        customer = Customer(phone=str(sent.get("to", "")), user_id=str(sent.get("recipient", "")))
        callback = str(sent["biz_opaque_callback_data"]) if slot.with_callback else ""
        item = webhooks.status(str(sent["id"]), slot.state, customer, at=time.time(), callback_data=callback)
        return BUSINESSES[NUMBERS.index(str(sent["phone_number_id"]))], item


def _item(said: Said, person: Person, began_at: float) -> Item:
    at, business = began_at + said.at, BUSINESSES[person.tenant]
    if said.kind == "user_id_update":
        return webhooks.user_id_update(said.customer, said.target_id, at=at)
    if said.kind == "echo":
        return webhooks.echo(business, said.customer, said.text, message_id=said.message_id, at=at)
    if said.kind in ("edit", "reaction"):
        change = webhooks.edit if said.kind == "edit" else webhooks.reaction
        return change(said.customer, said.target_id, said.text, message_id=said.message_id, at=at)
    if said.kind == "revoke":
        return webhooks.revoke(said.customer, said.target_id, message_id=said.message_id, at=at)
    if said.kind == "image":
        return webhooks.image(said.customer, "900900900", message_id=said.message_id, at=at)
    identity = "" if said.kind == "unreadable" else said.message_id
    return webhooks.text(said.customer, said.text, message_id=identity, at=at)
