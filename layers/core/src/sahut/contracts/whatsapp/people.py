"""Who an item is from or to. Since 2026 a customer may have no phone number, only a user id."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sahut.contracts.whatsapp.reading import Item, id_at, object_at, objects_at, text_at
from sahut.domain.message import Contact

# E.164 has at most 15 digits; WhatsApp's ids of test numbers and of some countries are longer.
_PHONE = re.compile(r"[0-9]{4,20}")
# `US.13491208655302741918`; Meta promises at most 128 letters and digits after the country.
_USER_ID = re.compile(r"[A-Za-z]{2}\.[A-Za-z0-9._-]{1,160}")


@dataclass(frozen=True, slots=True)
class Person:
    """One entry of a change's `contacts`."""

    phone: str
    user_id: str
    username: str
    name: str


def phone_of(text: str) -> str:
    """The digits of a phone number, '' when it is none."""
    digits = text.replace(" ", "").replace("-", "").removeprefix("+")
    return digits if _PHONE.fullmatch(digits) else ""


def user_id_of(text: str) -> str:
    """A business-scoped user id, '' when it is none."""
    return text if _USER_ID.fullmatch(text) else ""


def people_of(value: Item) -> tuple[Person, ...]:
    """Everybody that a change introduces."""
    return tuple(_person(entry) for entry in objects_at(value, "contacts"))


def _person(entry: Item) -> Person:
    profile = object_at(entry, "profile")
    username = text_at(profile, "username") or text_at(entry, "username")
    return Person(
        phone=phone_of(text_at(entry, "wa_id")),
        user_id=user_id_of(text_at(entry, "user_id")) or user_id_of(text_at(entry, "wa_id")),
        username=username.removeprefix("@"),
        name=text_at(profile, "name"),
    )


def contact_at(item: Item, side: str, people: Sequence[Person]) -> Contact:
    """The customer at one side of an item: side is `from` or, for echoes, `to`.

    What the item itself says wins over what `people` say of the same person.
    """
    address = text_at(item, side)
    phone = phone_of(address)
    user_id = user_id_of(text_at(item, f"{side}_user_id")) or user_id_of(address)
    person = _find(phone, user_id, people)
    return Contact(
        phone=phone or person.phone,
        user_id=user_id or person.user_id,
        username=person.username,
        name=person.name,
        group_id=id_at(item, "group_id") or _group_at(item, side),
    )


def _group_at(item: Item, side: str) -> str:
    """Echoes of what was said in a group name it as the recipient."""
    return id_at(item, side) if text_at(item, "recipient_type") == "group" else ""


_NOBODY = Person("", "", "", "")


def _find(phone: str, user_id: str, people: Sequence[Person]) -> Person:
    """Never guesses between two: a wrong guess would make one customer of two."""
    for person in people:
        if user_id and person.user_id == user_id:
            return person
    for person in people:
        if phone and person.phone == phone:
            return person
    if len(people) == 1 and _no_contradiction(people[0], phone, user_id):
        return people[0]
    return _NOBODY


def _no_contradiction(person: Person, phone: str, user_id: str) -> bool:
    return not (phone and person.phone) and not (user_id and person.user_id)
