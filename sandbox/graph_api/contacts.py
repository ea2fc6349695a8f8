"""Which addresses are one customer, and whose 24-hour window is open.

Window policy: a contact of whom the fake has heard nothing counts as open, because scripts may
post signed webhooks straight to the product and the fake then never sees the customer write. A
contact it knows is open for 24 hours after the last message it sent for them, and closed when a
control call says so, until they write again; a pinned window stays as told whatever they write.
"""

from dataclasses import dataclass

from sandbox.graph_api.webhooks import Customer

WINDOW_S = 24 * 3600.0


class Contacts:
    """Phone and user id of one person lead to the same key."""

    def __init__(self) -> None:
        self._keys: dict[str, str] = {}
        self._people: dict[str, Customer] = {}

    def know(self, customer: Customer) -> str:
        """Remembers the customer's addresses and returns their key."""
        addresses = [customer.group_id] if customer.group_id else [customer.phone, customer.user_id]
        named = [address for address in addresses if address]
        key = next((self._keys[address] for address in named if address in self._keys), customer.address)
        self._keys.update(dict.fromkeys(named, key))
        self._people[key] = customer
        return key

    def key(self, address: str) -> str:
        """The key for an address; an unknown address is its own key."""
        bare = address.removeprefix("+")
        return self._keys.get(bare, bare)

    def person(self, address: str, *, is_user_id: bool = False) -> Customer:
        """Who is behind an address, as far as was told."""
        known = self._people.get(self.key(address))
        if known:
            return known
        return Customer(user_id=address) if is_user_id else Customer(phone=address.removeprefix("+"))

    def clear(self) -> None:
        self._keys.clear()
        self._people.clear()


@dataclass(slots=True)
class _Window:
    last_inbound: float
    closed: bool = False
    pinned: bool = False


class Windows:
    """The customer service windows, one per (phone_number_id, contact key)."""

    def __init__(self) -> None:
        self._windows: dict[tuple[str, str], _Window] = {}

    def wrote(self, number: str, key: str, at: float) -> None:
        """The contact wrote at `at` (seconds since the epoch): the window opens, unless pinned."""
        window = self._windows.setdefault((number, key), _Window(at))
        window.last_inbound = max(window.last_inbound, at)
        if not window.pinned:
            window.closed = False

    def set(self, number: str, key: str, *, is_open: bool, pinned: bool, at: float) -> None:
        """A control call says how it is."""
        self._windows[(number, key)] = _Window(at, closed=not is_open, pinned=pinned)

    def is_open(self, number: str, key: str, now: float) -> bool:
        window = self._windows.get((number, key))
        if window is None:
            return True
        if window.closed or window.pinned:
            return not window.closed
        return now - window.last_inbound < WINDOW_S

    def clear(self) -> None:
        self._windows.clear()
