"""Who writes in the storm: customers known by a phone number, by a user id, or by both."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from sandbox.graph_api.webhooks import Business, Customer

# As sandbox/seed_data/*/profile.yaml has them.
TENANTS = ("toko-melati", "northwind-bank")
NUMBERS = ("100200300400501", "100200300400502")
BUSINESSES = (
    Business(NUMBERS[0], "+62 274 5550 118"),
    Business(NUMBERS[1], "+44 808 157 0142"),
)
_COUNTRIES = ("ID", "GB")
_PHONE_PREFIX = ("62812", "44790")


class Known(StrEnum):
    """What Meta tells of a customer. USER: they hide their number behind a username."""

    PHONE = "phone"
    USER = "user"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Person:
    """One customer of one tenant.

    tenant: index into TENANTS. update_wave: the wave in which Meta tells that user_id became
    new_user_id, 0 for never; nothing is written in that wave.
    """

    index: int
    tenant: int
    known: Known
    phone: str = ""
    user_id: str = ""
    new_user_id: str = ""
    update_wave: int = 0

    @property
    def number(self) -> str:
        return NUMBERS[self.tenant]

    def user_id_in(self, wave: int) -> str:
        return self.new_user_id if self.update_wave and wave > self.update_wave else self.user_id

    def writes_as(self, wave: int, rng: Random) -> Customer:
        """As a webhook names them. Once both names were told together, one of them may be missing."""
        named = Customer(
            phone=self.phone,
            user_id=self.user_id_in(wave),
            name=f"Customer {self.index}",
            username=f"customer.{self.index}" if self.known is Known.USER else "",
        )
        if self.known is not Known.BOTH or wave == 0 or self.update_wave or rng.random() < 0.6:
            return named
        one = {"phone": self.phone} if rng.random() < 0.5 else {"user_id": self.user_id}
        return Customer(**one, name=named.name)

    @property
    def aliases(self) -> tuple[str, ...]:
        """All names that lead to their conversation, as the product writes them."""
        users = tuple(f"user:{each}" for each in (self.user_id, self.new_user_id) if each)
        return (*users, f"phone:{self.phone}") if self.phone else users

    @property
    def addresses(self) -> frozenset[str]:
        return frozenset(each for each in (self.phone, self.user_id, self.new_user_id) if each)


def make_people(rng: Random, count: int, waves: int) -> tuple[Person, ...]:
    """`count` customers, half of each tenant; one of twelve changes their user id midway."""
    return tuple(_make_person(rng, index, waves) for index in range(count))


def _make_person(rng: Random, index: int, waves: int) -> Person:
    tenant = index % len(TENANTS)
    known = rng.choices((Known.PHONE, Known.USER, Known.BOTH), (40, 25, 35))[0]
    phone = "" if known is Known.USER else f"{_PHONE_PREFIX[tenant]}{7_000_000 + index}"
    user_id = "" if known is Known.PHONE else _user_id(rng, tenant)
    changes = bool(user_id) and rng.random() < 0.15
    return Person(
        index=index,
        tenant=tenant,
        known=known,
        phone=phone,
        user_id=user_id,
        new_user_id=_user_id(rng, tenant) if changes else "",
        update_wave=rng.randint(1, waves - 2) if changes else 0,
    )


def _user_id(rng: Random, tenant: int) -> str:
    return f"{_COUNTRIES[tenant]}.{rng.randrange(10**18, 10**19)}"


def by_alias(people: Sequence[Person]) -> dict[tuple[str, str], Person]:
    """(phone number id, alias) → customer."""
    return {(person.number, alias): person for person in people for alias in person.aliases}
