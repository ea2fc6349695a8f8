"""Counters of what models cost: of a turn and of the tenant's day, moved in one transaction.

A day is a few items, so that many turns at once don't wait for each other; its sum is one query away.
A turn's lie beside its record, because every claim writes that anew.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import fields
from datetime import UTC, date, datetime
from zlib import crc32

from sahut.adapters.dynamodb import keys
from sahut.adapters.dynamodb.table import ConditionFailed, Tables, Write
from sahut.adapters.dynamodb.wire import Item, Value, int_of, text_of
from sahut.domain.spending import Account, Spending, Usage
from sahut.domain.tenant import ConversationRef, TenantId, TurnRef

_SHARDS = 8
# Last year's figures can be compared with this year's.
_KEPT_DAYS = 400
_DAY_S = 86_400


class SpendingStore:
    """See `sahut.ports.spending.SpendingBook`."""

    def __init__(self, tables: Tables, conversations: str, logs: str) -> None:
        self._tables = tables
        self._conversations = conversations
        self._logs = logs

    def add(self, turn: TurnRef, run: str, usage: Mapping[Account, Usage], now: float) -> None:
        """See the port. Whether it is the turn's first tells a condition, not a look: two runs may meet."""
        if not usage:
            return
        try:
            self._add(turn, run, usage, now, first=True)
        except ConditionFailed:
            with suppress(ConditionFailed):  # this run is booked: its answer was lost
                self._add(turn, run, usage, now, first=False)

    def _add(
        self, turn: TurnRef, run: str, usage: Mapping[Account, Usage], now: float, *, first: bool
    ) -> None:
        tenant, day = turn.conversation.tenant, _day(now)
        adds = _adds(usage, 1 if first else 0)
        never = f"attribute_not_exists(#{len(adds)})"  # this run's own mark, the first of what is set
        on_turn = _counted(
            self._conversations,
            keys.turn_spending(turn),
            adds,
            {f"in_{run}": now},
            f"{never} AND attribute_{'not_' if first else ''}exists(turns)",
        )
        shard = crc32(turn.conversation.conversation_id.encode()) % _SHARDS
        kept: dict[str, Value] = {"day": day.isoformat(), "expires_at": int(now) + _KEPT_DAYS * _DAY_S}
        self._tables.write(on_turn, _counted(self._logs, keys.day_spending(tenant, day, shard), adds, kept))

    def days(self, tenant: TenantId, first: date, last: date) -> dict[date, Spending]:
        """See the port."""
        begin, end = keys.day_spending(tenant, first, 0), keys.day_spending(tenant, last, _SHARDS)
        found: dict[date, Spending] = defaultdict(lambda: Spending({}))
        for item in self._tables.query(self._logs, begin.pk, begin.sk, end.sk):
            day = date.fromisoformat(text_of(item, "day"))
            found[day] = found[day] + _spending(item)
        return dict(found)

    def of_conversation(self, ref: ConversationRef) -> Spending:
        """See the port."""
        begin, end = keys.turn_spending(TurnRef(ref, "")), keys.turn_spending(TurnRef(ref, "~"))
        items = self._tables.query(self._conversations, begin.pk, begin.sk, end.sk)
        return sum(map(_spending, items), Spending({}))

    def first_to_reach(self, tenant: TenantId, day: date, percent: int, now: float) -> bool:
        """See the port."""
        write = Write(
            self._logs,
            keys.spending_reached(tenant, day),
            update="SET #percent = :now, expires_at = :expires",
            condition="attribute_not_exists(#percent)",
            names={"#percent": f"at_{percent}"},
            values={":now": now, ":expires": int(now) + _KEPT_DAYS * _DAY_S},
        )
        try:
            self._tables.write(write)
        except ConditionFailed:
            return False
        return True


def _day(now: float) -> date:
    return datetime.fromtimestamp(now, UTC).date()


def _adds(usage: Mapping[Account, Usage], turns: int) -> dict[str, int]:
    """Attribute → what is added. An account's attributes are named by JSON: names may hold anything."""
    adds = {"turns": turns}
    for account, used in usage.items():
        for field in fields(Usage):
            name = json.dumps([account.agent, account.scenario, account.model, field.name])
            adds[name] = getattr(used, field.name)
    return adds


def _counted(
    table: str, key: keys.Key, adds: Mapping[str, int], sets: Mapping[str, Value], condition: str = ""
) -> Write:
    """condition: may use `#0`, `#1` … for the names of `adds`, then of `sets`."""
    names = {f"#{n}": name for n, name in enumerate([*adds, *sets])}
    values: dict[str, Value] = {f":{n}": value for n, value in enumerate([*adds.values(), *sets.values()])}
    added = ", ".join(f"#{n} :{n}" for n in range(len(adds)))
    put = ", ".join(f"#{n} = :{n}" for n in range(len(adds), len(names)))
    return Write(table, key, update=f"ADD {added} SET {put}", condition=condition, names=names, values=values)


def _spending(item: Item) -> Spending:
    by: dict[Account, Usage] = defaultdict(Usage)
    for account, counter, value in _counters(item):
        by[account] += Usage(**{counter: value})
    return Spending(dict(by), int_of(item, "turns"))


def _counters(item: Item) -> Iterator[tuple[Account, str, int]]:
    for name in item:
        if name.startswith("["):
            agent, scenario, model, counter = json.loads(name)
            yield Account(agent, scenario, model), counter, int_of(item, name)
