"""The oracle's rules about people and tenants: tickets, take-overs, releases, borders, dead letters."""

import json
import math
from collections.abc import Iterator
from itertools import pairwise

from tests.storm.evidence import Evidence, SentPart
from tests.storm.ledger import FINAL, Conversation, Item, maps, number, parts, text
from tests.storm.operators import Done
from tests.storm.plan import STRANGERS_NUMBER
from tests.storm.storm import POISON


def hand_overs_have_tickets(seen: Evidence) -> Iterator[str]:
    for conversation, turn_id, turn in seen.ledger.turns():
        if text(turn, "state") == "handed_over":
            yield from _ticket_troubles(seen, conversation, turn_id, turn)
    for conversation in seen.ledger.conversations.values():
        owner, tickets = text(conversation.head, "owner"), len(conversation.tickets)
        if conversation.conversation_id not in seen.touched and (owner == "waiting") != (tickets > 0):
            yield f"{conversation.conversation_id} has {tickets} tickets, but its owner is {owner}"


def _ticket_troubles(seen: Evidence, conversation: Conversation, turn_id: str, turn: Item) -> Iterator[str]:
    where, ticket_id = f"turn {turn_id} of {conversation.conversation_id}", text(turn, "ticket_id")
    if ticket_id not in conversation.tickets:
        yield f"{where} is handed over, but there is no ticket {ticket_id!r}"
    if ticket_id != turn_id:
        return
    notice = parts(turn).get("notice")
    if notice is None:
        yield f"{where} opened a ticket without a notice for the customer"
    elif (
        text(notice, "state") == "ready"
        and conversation.conversation_id not in seen.touched
        and seen.hand_overs.get(turn_id) == "SUCCEEDED"  # a failed one leaves a dead letter
    ):
        yield f"{where}: the customer was never told of the hand-over"
    if turn_id not in seen.hand_overs:
        yield f"{where}: hand_over was never started"


def nothing_is_sent_after_a_take_over(seen: Evidence) -> Iterator[str]:
    for taken, until in _held(seen):
        for sent in seen.sent_parts:
            mine = (
                sent.conversation is not None and sent.conversation.conversation_id == taken.conversation_id
            )
            if mine and sent.by_machine and taken.answered_at < sent.at < until:
                after_s = sent.at - taken.answered_at
                yield f"{sent.callback!r} was accepted {after_s:.2f} s after the take-over's 200"
    for conversation in seen.ledger.conversations.values():
        yield from _said_after_an_echo(conversation)


def _held(seen: Evidence) -> Iterator[tuple[Done, float]]:
    """Every take-over that succeeded, and when its release was first asked for."""
    for person in {done.person for done in seen.course.acts}:
        script = [done for done in seen.course.acts if done.person == person and done.succeeded]
        script = [done for done in script if done.act.do != "say"]
        for taken, following in pairwise([*script, None]):
            if taken is not None and taken.act.do == "take_over":
                yield taken, following.asked_at if following else math.inf


def _said_after_an_echo(conversation: Conversation) -> Iterator[str]:
    """The timeline's own order tells what was fenced after the echo was stored. Nobody releases these."""
    echoes = [line for line, item in conversation.lines.items() if text(item, "kind") == "echo"]
    for line, item in conversation.lines.items():
        if echoes and line > min(echoes) and text(item, "author") in ("machine", "notice"):
            yield f"{conversation.conversation_id}: line {line} was said after the staff's phone wrote"


def nothing_is_answered_from_before_a_release(seen: Evidence) -> Iterator[str]:
    for done in seen.course.acts:
        if done.act.do != "release" or not done.succeeded:
            continue
        for conversation, turn_id, turn in seen.ledger.turns():
            if conversation.conversation_id != done.conversation_id or text(turn, "state") != "answered":
                continue
            claimed_at, watermark = number(turn, "first_claimed_at"), number(conversation.head, "watermark")
            old = [each for each in maps(turn, "messages") if number(each, "line") <= watermark]
            if old and claimed_at > done.answered_at:
                yield f"turn {turn_id} of {done.conversation_id} answers what came before the release"


def people_are_heard(seen: Evidence) -> Iterator[str]:
    """409 to a person who has the conversation would silence them."""
    for done in seen.course.acts:
        if done.answers[-1] == 409:
            yield f"{done.act.do} in {done.conversation_id} was refused: {done.answers}"


def nothing_crosses_tenants(seen: Evidence) -> Iterator[str]:
    for sent in seen.sent_parts:
        home = sent.conversation
        if home is not None and sent.accepted["phone_number_id"] != seen.numbers[home.tenant]:
            yield f"{sent.callback!r} of {home.tenant} went out from {sent.accepted['phone_number_id']}"
    for conversation, turn_id, turn in seen.ledger.turns():
        used = {
            text(each, "document_id") for part in parts(turn).values() for each in maps(part, "citations")
        }
        found = json.loads(text(turn, "passages") or "[]")
        used |= {str(each["passage"]["document_id"]) for each in found}
        foreign = used - seen.documents[conversation.tenant]
        if foreign:
            yield f"turn {turn_id} of {conversation.tenant} used {sorted(foreign)}"


def replies_go_to_who_asked(seen: Evidence) -> Iterator[str]:
    for sent in seen.sent_parts:
        if sent.conversation is None:
            continue
        key = (sent.conversation.tenant, sent.conversation.conversation_id)
        person, address = (
            seen.person_of.get(key),
            str(sent.accepted.get("to") or sent.accepted.get("recipient")),
        )
        if person is None or address not in person.addresses:
            yield f"{sent.callback!r} went to {address}, who is not {person}"
        elif address == person.user_id and _asked_after_the_update(seen, sent):
            yield f"{sent.callback!r} went to the user id that customer {person.index} had before"


def _asked_after_the_update(seen: Evidence, sent: SentPart) -> bool:
    """Whether every message of the reply's turn came under the customer's new user id."""
    turn = sent.conversation.turns.get(sent.turn_id, {}) if sent.conversation else {}
    asked = [seen.plan.said.get(text(each, "provider_id")) for each in maps(turn, "messages")]
    updates = {each.person: each.wave for each in seen.plan.of_kind("user_id_update")}
    known = [said for said in asked if said is not None]
    return bool(known) and all(said.wave > updates.get(said.person, math.inf) for said in known)


def unexplained_letters(seen: Evidence) -> Iterator[str]:
    bodies = " ".join(text(each, "body") for each in seen.ledger.letters.values())
    for name, status in seen.hand_overs.items():
        if status != "SUCCEEDED" and name not in bodies:
            yield f"hand_over {name} {status} and left no letter"
    for letter_id, letter in seen.ledger.letters.items():
        if not _explained(seen, letter):
            yield f"letter {letter_id} ({letter['kind']}, {letter['reason']}): {text(letter, 'body')[:200]}"
    kinds = [text(letter, "kind") for letter in seen.ledger.letters.values()]
    strange = {post.webhook for post in seen.plan.posts if post.number}
    unreadable = {post.webhook for post in seen.plan.posts if any(s.kind == "unreadable" for s in post.items)}
    if kinds.count("unrouted") != len(strange) or kinds.count("unreadable") != len(unreadable):
        yield f"letters of {len(strange)} unrouted and {len(unreadable)} unreadable webhooks: {kinds}"
    if not any(text(letter, "body") == POISON for letter in seen.ledger.letters.values()):
        yield "the job that nobody can read left no letter"


def _explained(seen: Evidence, letter: Item) -> bool:
    kind, body = text(letter, "kind"), text(letter, "body")
    if kind == "unrouted":
        return STRANGERS_NUMBER in body
    if kind == "unreadable":
        return "hello?" in body
    if body == POISON:
        return True
    job = json.loads(body)
    if kind in ("message", "settle"):
        conversation = seen.ledger.conversations.get((job["tenant_id"], job["conversation_id"]))
        return conversation is not None and _settled(conversation, job)
    return kind == "event" and job.get("detail", {}).get("name") in seen.hand_overs


def _settled(conversation: Conversation, job: dict[str, object]) -> bool:
    """A letter is explained when what it was about came to an end all the same."""
    line = conversation.lines.get(int(str(job.get("line", 0))), {})
    turn_id = str(job.get("turn_id") or text(line, "turn_id"))
    return text(conversation.turns.get(turn_id, {}), "state") in FINAL or bool(line.get("revoked"))
