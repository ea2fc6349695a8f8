"""The way in: a customer's messages appear on the phone, open the window and go to the webhook."""

import asyncio

from sandbox.graph_api import webhooks
from sandbox.graph_api.inbound import MEDIA, InboundMessage, InboundRequest, Stamped, build
from sandbox.graph_api.poster import Posting
from sandbox.graph_api.timeline import Bubble
from sandbox.graph_api.webhooks import Item
from sandbox.graph_api.world import World

# Kinds that are no words of the customer: nothing on the screen, and the window stays as it is.
_EVENTS = {"status", "user_id_update", "errors", "field", "user_changed_number", "user_changed_user_id"}


async def receive(world: World, request: InboundRequest) -> dict[str, object]:
    """Shows the messages on the phone and posts them all in one webhook.

    Returns: `ids` in the order of `messages`; with `wait` also `webhooks`, how each copy fared.
    """
    number = request.phone_number_id
    stamped = [_stamp(world, request, said) for said in request.messages]
    items = [build(world, number, one) for one in stamped]
    for one, item in zip(stamped, items, strict=True):
        _take_note(world, number, one, item)
    envelope = webhooks.batch(world.config.business(number), *items)
    ids = [one.message_id for one in stamped]

    async def post() -> Posting:
        about = [one.said.kind for one in stamped]
        posting = await world.poster.post(envelope, about, request.signature)
        for message_id in ids:
            world.timelines.mark(message_id, "stored" if posting.state == "ok" else "lost")
        return posting

    posted: list[Posting] = []

    async def post_copies() -> None:
        posted.extend(await asyncio.gather(*(post() for _ in range(request.copies))))

    if request.wait:
        await post_copies()
        return {"ids": ids, "webhooks": [posting.to_json() for posting in posted]}
    world.spawn(post_copies())
    return {"ids": ids}


def _stamp(world: World, request: InboundRequest, said: InboundMessage) -> Stamped:
    who = (said.customer or request.customer).customer()
    message_id = said.id or world.new_message_id()
    return Stamped(said=said, who=who, message_id=message_id, at=said.at or world.now())


def _take_note(world: World, number: str, one: Stamped, item: Item) -> None:
    """Window and screen, before the webhook goes out: the answer may be here before its 200."""
    kind = one.said.kind
    key = world.contacts.know(one.who)
    if kind in _EVENTS:
        return
    if kind != "echo":
        world.windows.wrote(number, key, one.at)
    if kind in ("edit", "revoke", "reaction"):
        _change(world, one.said)
    elif world.timelines.chat(number, key).find(one.message_id) is None:
        world.timelines.add(number, key, _bubble(one, item))


def _change(world: World, said: InboundMessage) -> None:
    chat = world.timelines.chat_of(said.target_id)
    bubble = chat.find(said.target_id) if chat else None
    if chat is None or bubble is None:
        return
    if said.kind == "edit":
        bubble.text, bubble.edited = said.text, True
    elif said.kind == "revoke":
        bubble.deleted = True
    else:
        bubble.reaction = said.emoji
    chat.touched()


def _bubble(one: Stamped, item: Item) -> Bubble:
    said = one.said
    bubble = Bubble(one.message_id, "customer", said.kind, said.text, one.at, "posting")
    bubble.quoted_id = said.reply_to
    if said.kind == "echo":
        bubble.side, bubble.state = "staff", "sent"
    content = item.content.get(said.kind)
    if said.kind in MEDIA and isinstance(content, dict):
        bubble.media_id = str(content.get("id", ""))
        bubble.mime_type = str(content.get("mime_type", ""))
    return bubble
