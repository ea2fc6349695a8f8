"""What happens to a message that passed the rules: outbox, screen, and the statuses that follow."""

import asyncio

from sandbox.graph_api.faults import Call, Fault
from sandbox.graph_api.graph_error import GraphError
from sandbox.graph_api.message_rules import InteractiveMessage, OutgoingMessage, ReadReceipt
from sandbox.graph_api.timeline import Bubble
from sandbox.graph_api.webhooks import Customer, Json, batch, status
from sandbox.graph_api.world import World


def check_window(world: World, number: str, message: OutgoingMessage) -> None:
    """Raises: GraphError 131047 for a free-form message outside the 24-hour window."""
    key = world.contacts.key(message.address)
    if message.free_form and not world.windows.is_open(number, key, world.now()):
        raise GraphError(131047, "More than 24 hours have passed since the customer last replied")


def accept(world: World, number: str, message: OutgoingMessage, raw: Json) -> Json:
    """Puts the message into the outbox, starts its statuses and returns Meta's answer."""
    message_id = world.new_message_id()
    at = world.now()
    recipient = {"to": message.to} if message.to else {"recipient": message.recipient}
    entry: Json = {"at": at, "phone_number_id": number, **recipient}
    entry |= {"type": message.type, "body": message.shown, "id": message_id}
    entry |= {"biz_opaque_callback_data": message.biz_opaque_callback_data, "raw": raw}
    world.outbox.append(entry)
    _show(world, number, message, message_id, at)
    call = Call("message", number, message.address, message.biz_opaque_callback_data)
    world.spawn(_tell_statuses(world, call, message, message_id, world.faults.pick("status", call, at)))
    person = {"user_id": message.recipient} if message.recipient else {"wa_id": message.address}
    contact = {"input": message.to or message.recipient, **person}
    return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": message_id}]}


def accept_receipt(world: World, number: str, receipt: ReadReceipt) -> Json:
    typing = receipt.typing_indicator is not None
    world.timelines.read_up_to(receipt.message_id, world.now(), typing=typing)
    entry: Json = {"at": world.now(), "phone_number_id": number, "message_id": receipt.message_id}
    world.receipts.append(entry | {"typing": typing})
    return {"success": True}


def _show(world: World, number: str, message: OutgoingMessage, message_id: str, at: float) -> None:
    bubble = Bubble(message_id, "business", message.type, message.shown, at, "accepted")
    if message.context:
        bubble.quoted_id = message.context.message_id
    if isinstance(message, InteractiveMessage):
        bubble.choices = message.choices
    world.timelines.add(number, world.contacts.key(message.address), bubble)


async def _tell_statuses(
    world: World, call: Call, message: OutgoingMessage, message_id: str, fault: Fault | None
) -> None:
    """Posts sent, delivered, read one after the other, or what the fault makes of it."""
    customer = _recipient(world, message)
    for state, code in await _states(world, fault):
        await asyncio.sleep(world.config.status_delay_s)
        world.timelines.mark(message_id, state, code)
        item = status(
            message_id, state, customer, at=world.now(), callback_data=call.callback, error_code=code
        )
        envelope = batch(world.config.business(call.phone_number_id), item)
        copies = 2 if fault and fault.name == "duplicate_status" else 1
        posts = [world.poster.post(envelope, [f"status {state}"]) for _ in range(copies)]
        await asyncio.gather(*posts)


async def _states(world: World, fault: Fault | None) -> list[tuple[str, int]]:
    """(status, error code) in the order of posting; waits first when they come late."""
    usual = [(state, 0) for state in world.config.statuses]
    if fault is None:
        return usual
    if fault.name == "status_late":
        await asyncio.sleep(fault.number)
    if fault.name == "failed_after_200":
        return [("failed", int(fault.number))]
    if fault.name == "status_reversed":
        return usual[::-1]
    return [] if fault.name == "status_never" else usual


def _recipient(world: World, message: OutgoingMessage) -> Customer:
    """As the status names them: Meta leaves the phone out when the message went to a user id."""
    if message.recipient:
        return Customer(user_id=message.recipient)
    if message.recipient_type == "group":
        return Customer(group_id=message.address)
    known = world.contacts.person(message.address)
    return Customer(phone=message.address, user_id=known.user_id)
