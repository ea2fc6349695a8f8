"""Dead letters: an entry in the Logs table, and the body in S3 where it is too large for an item."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256

from sahut.adapters.dynamodb import keys
from sahut.adapters.dynamodb.table import ConditionFailed, Tables, Write
from sahut.adapters.dynamodb.wire import Value, text_of
from sahut.domain.errors import NotFound
from sahut.domain.message import AccountNotice
from sahut.domain.tenant import TenantId
from sahut.ports.work import Letter, ObjectStore

# DESIGN §1: letters are readable for 14 days; the alarm fires long before.
LETTER_TTL_S = 14 * 24 * 3600
_INLINE_CHARACTERS = 30_000

_Item = Mapping[str, Value]


class LetterStore:
    """objects: made when a body is too large for an item (a whole webhook of up to 3 MB)."""

    def __init__(self, tables: Tables, logs: str, objects: Callable[[], ObjectStore]) -> None:
        self._tables = tables
        self._logs = logs
        self._objects = objects

    def record(self, letter: Letter) -> None:
        """Recording the same letter again changes nothing."""
        item: dict[str, Value] = {
            "letter_id": letter.letter_id,
            "kind": letter.kind,
            "reason": letter.reason,
            "state": "open",
            "at": letter.at,
            "tenant_id": str(letter.tenant or ""),
            "expires_at": int(letter.at) + LETTER_TTL_S,
        }
        if len(letter.body) <= _INLINE_CHARACTERS:
            item["body"] = letter.body
        else:
            item["object_key"] = f"dead-letters/{letter.letter_id}"
            self._objects().put(
                f"dead-letters/{letter.letter_id}", letter.body.encode(errors="replace"), "application/json"
            )
        key = keys.letter(letter.letter_id)
        try:
            self._tables.write(Write(self._logs, key, put=item, condition="attribute_not_exists(pk)"))
        except ConditionFailed:
            return  # recorded before

    def all(self, state: str = "") -> Iterator[_Item]:
        first, last = keys.letter(""), keys.letter("~")
        for item in self._tables.query(self._logs, first.pk, first.sk, last.sk):
            if not state or text_of(item, "state") == state:
                yield item

    def one(self, letter_id: str) -> _Item:
        item = self._tables.get(self._logs, keys.letter(letter_id))
        if item is None:
            raise NotFound(f"letter {letter_id}")
        return item

    def close(self, letter_id: str, state: str, now: float) -> None:
        self._tables.write(
            Write(
                self._logs,
                keys.letter(letter_id),
                update="SET #state = :state, closed_at = :now",
                condition="attribute_exists(pk)",
                names={"#state": "state"},
                values={":state": state, ":now": now},
            )
        )


class NoticeStore:
    """What the platform tells a tenant about its account: kept, and logged as an alert by the caller."""

    def __init__(self, tables: Tables, logs: str) -> None:
        self._tables = tables
        self._logs = logs

    def record(self, tenant: TenantId, channel_key: str, notice: AccountNotice, now: float) -> None:
        item: dict[str, Value] = {
            "event": f"channel.{notice.field}",
            "channel_key": channel_key,
            "summary": notice.summary,
            "raw": notice.raw[:_INLINE_CHARACTERS],
            "at": now,
        }
        told = sha256(notice.raw.encode(errors="replace")).hexdigest()[:12]
        key = keys.audit(tenant, int(now * 1000), f"{notice.field}-{channel_key}-{told}")
        self._tables.write(Write(self._logs, key, put=item))
