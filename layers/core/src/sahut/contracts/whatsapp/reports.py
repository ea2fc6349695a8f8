"""What Meta says about our own messages (statuses) and about our account (all other fields)."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from sahut.contracts.whatsapp.people import phone_of, user_id_of
from sahut.contracts.whatsapp.reading import (
    ITEM_LIMIT,
    Item,
    Unreadable,
    id_at,
    int_at,
    item_of,
    list_of,
    object_at,
    objects_at,
    raw_of,
    seconds_at,
    text_at,
    text_of,
)
from sahut.domain.message import AccountNotice, DeliveryStatus, StatusUpdate

_STATUSES: Mapping[str, DeliveryStatus] = MappingProxyType({each.value: each for each in DeliveryStatus})

# `biz_opaque_callback_data` has at most 512 characters; a longer one is cut and so is not ours.
_CALLBACK_LIMIT = 512

# Notices of a changed customer id, from whichever of Meta's ways it came.
USER_ID_UPDATE = "user_id_update"

# What a tenant wants to read first, in this order; the rest is in the notice's raw JSON.
_TELLING = (
    "event",
    "status",
    "decision",
    "alert_type",
    "alert_severity",
    "violation_type",
    "waba_ban_state",
    "restriction_type",
    "message_template_name",
    "message_template_language",
    "previous_category",
    "new_category",
    "previous_quality_score",
    "new_quality_score",
    "old_limit",
    "current_limit",
    "max_daily_conversations_per_business",
    "display_phone_number",
    "requested_verified_name",
    "reason",
    "rejection_reason",
    "alert_description",
    "detail",
    "code",
    "title",
)
_SUMMARY_LIMIT = 300

# `User … changed from <old> to <new>`: the only place of the old id in webhooks before August 2026.
_CHANGE = re.compile(r"changed from (\S+) to (\S+)\s*$")


def read_status(item: Item, received_at: float) -> StatusUpdate | AccountNotice:
    """How far a message of ours came. A status that we do not know is kept as a notice.

    Raises:
        Unreadable: no id.
    """
    provider_id = id_at(item, "id")
    if not provider_id:
        raise Unreadable("a status without a usable id")
    status = _STATUSES.get(text_at(item, "status"))
    if status is None:
        return notice("statuses", item)
    error = next(iter(objects_at(item, "errors")), item_of(None))
    return StatusUpdate(
        provider_id=provider_id,
        status=status,
        at=seconds_at(item, "timestamp", received_at),
        callback_data=text_at(item, "biz_opaque_callback_data", _CALLBACK_LIMIT),
        error_code=int_at(error, "code"),
        error_title=text_at(error, "title") or text_at(error, "message"),
    )


def notice(field: str, value: object) -> AccountNotice:
    """A webhook field that is about the account, not about a conversation.

    Raises:
        Unreadable: larger than we can keep.
    """
    return AccountNotice(field=field, summary=_summary(field, value), raw=_raw(value))


def user_id_update(update: Item) -> AccountNotice:
    """A customer's business-scoped id changed; told by a field of that name.

    Raises:
        Unreadable: as `notice`.
    """
    ids = object_at(update, "user_id")
    return AccountNotice(
        field=USER_ID_UPDATE,
        summary="a customer's user id changed",
        raw=_raw(update),
        phone=phone_of(text_at(update, "wa_id")),
        old_user_id=user_id_of(text_at(ids, "previous")),
        new_user_id=user_id_of(text_at(ids, "current")),
    )


def id_change(message: Item) -> AccountNotice | None:
    """The same, told by a `system` message; None when that says something else.

    Raises:
        Unreadable: as `notice`.
    """
    system = object_at(message, "system")
    phone = phone_of(text_at(system, "wa_id")) or phone_of(text_at(system, "new_wa_id"))
    user_id = user_id_of(text_at(system, "user_id"))
    if not (phone or user_id):
        return None
    said = _CHANGE.search(text_at(system, "body", 1024))
    before = said.group(1) if said else ""
    old_phone = phone_of(text_at(message, "from")) or phone_of(before)
    old_user_id = text_at(system, "previous_user_id") or text_at(message, "from_user_id") or before
    return AccountNotice(
        field=USER_ID_UPDATE,
        summary="a customer's phone number or user id changed",
        raw=_raw(message),
        phone=phone,
        old_user_id=user_id_of(old_user_id),
        new_user_id=user_id,
        old_phone="" if old_phone == phone else old_phone,
    )


def _raw(value: object) -> str:
    raw = raw_of(value)
    if len(raw) > ITEM_LIMIT:
        raise Unreadable("a notice larger than we can keep")
    return raw


def _summary(field: str, value: object) -> str:
    found = dict(_scalars(value))
    told = [found[name] for name in _TELLING if found.get(name, "NONE") != "NONE"]
    return ": ".join(filter(None, (field, ", ".join(told))))[:_SUMMARY_LIMIT]


def _scalars(value: object) -> Iterator[tuple[str, str]]:
    """(name, text) of the filled fields of an object and of the objects right inside it."""
    for item in map(item_of, list_of(value)):
        for name, inner in item.items():
            for within in ({name: inner}, *map(item_of, list_of(inner))):
                yield from ((name, text_of(scalar)) for name, scalar in within.items() if text_of(scalar))
