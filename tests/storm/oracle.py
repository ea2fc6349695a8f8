"""The storm's oracle: what must be true after it, whatever happened in it. One function a promise.

Each yields a sentence for everything that breaks the promise. Rules about people and tenants are in
oracle_people.py.
"""

from collections import Counter
from collections.abc import Callable, Iterator

from tests.storm import oracle_people
from tests.storm.evidence import Evidence
from tests.storm.ledger import FINAL, Conversation, Item, number, parts, text
from tests.storm.plan import Said

Rule = Callable[[Evidence], Iterator[str]]
_STORED = ("text", "image", "reaction", "echo")
# States of a part → how often Meta may have accepted it.
_ACCEPTED_TIMES = {
    "sent": (1,),
    "sending": (0, 1),
    "uncertain": (0, 1),
    "ready": (0,),
    "refused": (0,),
    "dropped": (0,),
}


def every_webhook_is_acknowledged(seen: Evidence) -> Iterator[str]:
    missing = len(seen.plan.posts) - sum(1 for each in seen.course.deliveries if each.acked_at)
    if missing:
        yield f"{missing} webhooks never heard 200"


def every_message_is_stored_once(seen: Evidence) -> Iterator[str]:
    for said in seen.plan.said.values():
        if said.kind in _STORED:
            lines = seen.lines_of.get(said.message_id, [])
            if len(lines) != 1:
                yield f"{said.kind} {said.message_id} of customer {said.person} has {len(lines)} lines"
                continue
            conversation, line = lines[0]
            yield from _wrong_place(seen, said, conversation)
            yield from _wrong_words(seen, said, conversation.lines[line])


def _wrong_place(seen: Evidence, said: Said, conversation: Conversation) -> Iterator[str]:
    person = seen.person_of.get((conversation.tenant, conversation.conversation_id))
    if person is None or person.index != said.person:
        yield f"{said.message_id} of customer {said.person} lies in a conversation of {person}"
    if seen.numbers[conversation.tenant] != seen.plan.people[said.person].number:
        yield f"{said.message_id} lies with the tenant {conversation.tenant}"


def _wrong_words(seen: Evidence, said: Said, line: Item) -> Iterator[str]:
    changes = {each.kind: each for each in seen.plan.said.values() if each.target_id == said.message_id}
    if "revoke" in changes and not line.get("revoked"):
        yield f"{said.message_id} was revoked, its line is not"
    if "revoke" not in changes and line.get("revoked"):
        yield f"{said.message_id} was not revoked, its line is"
    wanted = changes["edit"].text if "edit" in changes else said.text
    if "revoke" not in changes and said.kind == "text" and text(line, "text") != wanted:
        yield f"{said.message_id} does not say what its customer wrote last"


def every_customer_has_one_conversation(seen: Evidence) -> Iterator[str]:
    homes: dict[int, set[str]] = {}
    for said in seen.plan.said.values():
        for conversation, _ in seen.lines_of.get(said.message_id, []):
            homes.setdefault(said.person, set()).add(conversation.conversation_id)
    for person, found in homes.items():
        if len(found) > 1:
            yield f"customer {person} has {len(found)} conversations: {sorted(found)}"


def every_message_has_one_turn(seen: Evidence) -> Iterator[str]:
    for said in seen.plan.messages:
        for conversation, line in seen.lines_of.get(said.message_id, [])[:1]:
            yield from _turn_troubles(seen, said, conversation, conversation.lines[line])


def _turn_troubles(seen: Evidence, said: Said, conversation: Conversation, line: Item) -> Iterator[str]:
    turn_id, revoked = text(line, "turn_id"), bool(line.get("revoked"))
    held_by = [each for _, each in seen.turns_of.get(said.message_id, [])]
    where = f"{said.message_id} (line {line.get('line')} of {conversation.conversation_id})"
    if not turn_id:
        if not revoked:
            yield f"LOST: {where} is in no turn"
        if held_by:
            yield f"{where} names no turn, but is counted by {held_by}"
        return
    state = text(conversation.turns.get(turn_id, {}), "state") or "missing"
    if state not in FINAL:
        yield f"{where}: its turn {turn_id} is {state}"
    if held_by != [turn_id] and not (revoked and not held_by):
        yield f"{where} names turn {turn_id}, but is counted by {held_by}"


def turns_end_for_a_reason(seen: Evidence) -> Iterator[str]:
    for conversation, turn_id, turn in seen.ledger.turns():
        where, state = f"turn {turn_id} of {conversation.conversation_id}", text(turn, "state")
        mine = [line for line in conversation.lines.values() if text(line, "turn_id") == turn_id]
        asked = [line for line in mine if text(line, "author") == "customer"]
        if state == "withdrawn" and not all(line.get("revoked") for line in asked):
            yield f"{where} is withdrawn, but not all of its messages were revoked"
        people_had_it = conversation.tickets or conversation.conversation_id in seen.touched
        if state == "left_to_person" and not people_had_it:
            yield f"{where} is left to a person, but nobody ever had the conversation"
        if state == "answered":
            yield from _unfinished_answer(where, turn)


def _unfinished_answer(where: str, turn: Item) -> Iterator[str]:
    prefix = f"a{turn.get('round')}-"
    mine = {part_id: part for part_id, part in parts(turn).items() if part_id.startswith(prefix)}
    if not mine:
        yield f"{where} is answered without a part"
    for part_id, part in mine.items():
        arrived = text(part, "state") == "uncertain" and number(part, "status_rank") > 0
        if text(part, "state") != "sent" and not arrived:
            yield f"{where} is answered, but part {part_id} is {text(part, 'state')}"


def no_part_is_sent_twice(seen: Evidence) -> Iterator[str]:
    counts = Counter(sent.callback for sent in seen.sent_parts)
    yield from (
        f"Meta accepted {callback!r} {count} times" for callback, count in counts.items() if count > 1
    )
    for sent in seen.sent_parts:
        if sent.part is None:
            yield f"Meta accepted {sent.callback!r}, which no turn knows"
        elif text(sent.part, "text") != sent.accepted["body"]:
            yield f"Meta accepted other words for {sent.callback!r} than the turn has"


def parts_are_what_the_channel_saw(seen: Evidence) -> Iterator[str]:
    counts = Counter(sent.callback for sent in seen.sent_parts)
    for conversation in seen.ledger.conversations.values():
        for turn_id, turn in conversation.turns.items():
            final = text(turn, "state") in FINAL and turn_id in conversation.machine_turns
            for part_id, part in parts(turn).items():
                state = text(part, "state")
                callback = f"{conversation.conversation_id}|{turn_id}|{part_id}"
                if counts[callback] not in _ACCEPTED_TIMES[state]:
                    yield f"{callback!r} is {state}, but Meta accepted it {counts[callback]} times"
                if final and state == "sending" and part_id != "notice":
                    yield f"{callback!r} is still sending in a turn that has ended"


def dead_letters_are_explained(seen: Evidence) -> Iterator[str]:
    for name, depth in seen.depths.items():
        if depth.total:
            yield f"{name} is not empty: {depth}"
    yield from oracle_people.unexplained_letters(seen)


RULES: tuple[Rule, ...] = (
    every_webhook_is_acknowledged,
    every_message_is_stored_once,
    every_customer_has_one_conversation,
    every_message_has_one_turn,
    turns_end_for_a_reason,
    no_part_is_sent_twice,
    parts_are_what_the_channel_saw,
    oracle_people.hand_overs_have_tickets,
    oracle_people.nothing_is_sent_after_a_take_over,
    oracle_people.nothing_is_answered_from_before_a_release,
    oracle_people.people_are_heard,
    oracle_people.nothing_crosses_tenants,
    oracle_people.replies_go_to_who_asked,
    dead_letters_are_explained,
)


def verdict(seen: Evidence) -> dict[str, list[str]]:
    """What breaks each promise, by the promise's name."""
    return {rule.__name__.replace("_", " "): list(rule(seen)) for rule in RULES}
