"""DynamoDB calls as Sahut needs them: strongly consistent, with errors of the domain.

Refuses to know what is stored; the modules beside this one do.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from botocore.exceptions import BotoCoreError, ClientError

from sahut.adapters.aws_errors import as_sahut_error, code_of, translated
from sahut.adapters.dynamodb.keys import Key
from sahut.adapters.dynamodb.wire import Item, Value, from_item, text_of, to_item
from sahut.domain.errors import Conflict, TryAgain

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import GetItemInputTypeDef, QueryInputTypeDef

# Conflicts with another transaction on the same item last one write: a few ms each.
_CONFLICT_ATTEMPTS = 8
_CONFLICT_PAUSE_S = 0.02

# Reasons of a cancelled transaction that pass by themselves. DynamoDB reports them under the code of
# the cancellation, which the client's own retries do not know.
_PASSING = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})


@dataclass(frozen=True, slots=True)
class Write:
    """One conditional write: alone, or as one leg of a transaction.

    Exactly one of: put (a whole item), update (an UpdateExpression), delete, neither (check only).
    condition: a ConditionExpression. names, values: for `#name` and `:value` placeholders.
    """

    table: str
    key: Key
    put: Item | None = None
    update: str = ""
    delete: bool = False
    condition: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Value] = field(default_factory=dict)

    @property
    def operation(self) -> Literal["Put", "Update", "Delete", "ConditionCheck"]:
        if self.put is not None:
            return "Put"
        if self.update:
            return "Update"
        return "Delete" if self.delete else "ConditionCheck"

    def request(self) -> dict[str, Any]:
        """The arguments of the call, or of the leg of a transaction, in DynamoDB's own words."""
        wire: dict[str, Any] = {"TableName": self.table}
        if self.condition:
            wire["ConditionExpression"] = self.condition
        if self.names:
            wire["ExpressionAttributeNames"] = dict(self.names)
        if self.values:
            wire["ExpressionAttributeValues"] = to_item(self.values)
        if self.put is not None:
            return wire | {"Item": to_item({**self.key.as_item(), **self.put})}
        if self.update:
            wire["UpdateExpression"] = self.update
        return wire | {"Key": to_item(self.key.as_item())}


class ConditionFailed(Conflict):
    """A condition of a write did not hold. `legs` are the numbers of the writes that failed."""

    def __init__(self, legs: Sequence[int]) -> None:
        super().__init__(f"condition failed in leg {list(legs)}")
        self.legs = tuple(legs)


class Tables:
    """The client, with retries on transaction conflicts and errors of the domain."""

    def __init__(self, client: DynamoDBClient) -> None:
        self._client = client

    def get(self, table: str, key: Key, only: str = "") -> dict[str, Value] | None:
        """only: the one attribute that is wanted of a large item."""
        asked: GetItemInputTypeDef = {
            "TableName": table,
            "Key": to_item(key.as_item()),
            "ConsistentRead": True,
        }
        if only:
            asked |= {"ProjectionExpression": "#only", "ExpressionAttributeNames": {"#only": only}}
        with translated():
            found = self._client.get_item(**asked)
        return from_item(found["Item"]) if "Item" in found else None

    def get_many(self, wanted: Sequence[tuple[str, Key]]) -> dict[Key, dict[str, Value]]:
        """Up to 100 items of any tables in one call; what does not exist is left out.

        Raises:
            TryAgain: throttled.
        """
        tables: dict[str, list[Key]] = {}
        for table, key in wanted:
            tables.setdefault(table, []).append(key)
        request: dict[str, Any] = {
            table: {"Keys": [to_item(key.as_item()) for key in keys], "ConsistentRead": True}
            for table, keys in tables.items()
        }
        found: dict[Key, dict[str, Value]] = {}
        for attempt in range(_CONFLICT_ATTEMPTS):
            if attempt:
                _pause(attempt)
            with translated():
                answer = self._client.batch_get_item(RequestItems=request)
            for items in answer["Responses"].values():
                for item in map(from_item, items):
                    found[Key(text_of(item, "pk"), text_of(item, "sk"))] = item
            request = dict(answer.get("UnprocessedKeys", {}))
            if not request:
                return found
        raise TryAgain("a table stayed throttled")

    def query(
        self, table: str, pk: str, first_sk: str, last_sk: str, *, limit: int = 0, newest_first: bool = False
    ) -> Iterator[dict[str, Value]]:
        """Items of one partition with first_sk ≤ sk ≤ last_sk; limit 0 means all."""
        asked: QueryInputTypeDef = {
            "TableName": table,
            "KeyConditionExpression": "pk = :pk AND sk BETWEEN :first AND :last",
            "ExpressionAttributeValues": to_item({":pk": pk, ":first": first_sk, ":last": last_sk}),
            "ConsistentRead": True,
            "ScanIndexForward": not newest_first,
        }
        seen = 0
        while True:
            if limit:
                asked["Limit"] = limit - seen
            with translated():
                page = self._client.query(**asked)
            yield from map(from_item, page["Items"])
            seen += len(page["Items"])
            if "LastEvaluatedKey" not in page or (limit and seen >= limit):
                return
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def query_index(
        self, table: str, index: str, hash_name: str, value: str, limit: int = 0
    ) -> Iterator[dict[str, Value]]:
        """Items of one partition of a GSI, the newest first, eventually consistent; limit 0 means all."""
        more: dict[str, Any] = {"Limit": limit} if limit else {}
        while True:
            with translated():
                page = self._client.query(
                    TableName=table,
                    IndexName=index,
                    KeyConditionExpression="#hash = :value",
                    ExpressionAttributeNames={"#hash": hash_name},
                    ExpressionAttributeValues=to_item({":value": value}),
                    ScanIndexForward=False,
                    **more,
                )
            yield from map(from_item, page["Items"])
            if limit or "LastEvaluatedKey" not in page:
                return
            more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def update(self, write: Write) -> dict[str, Value]:
        """Runs one update and returns the whole item as it is afterwards.

        Raises:
            ConditionFailed: the condition did not hold.
            TryAgain: throttled or contended; nothing was changed.
        """
        request = write.request()
        done = _patiently(lambda: self._client.update_item(**request, ReturnValues="ALL_NEW"))
        return from_item(done["Attributes"])

    def write(self, *writes: Write) -> None:
        """Runs one write alone, or several as one transaction.

        Raises:
            ConditionFailed: with the legs whose conditions did not hold; nothing was changed.
            TryAgain: throttled or contended; nothing was changed.
        """
        if len(writes) == 1 and writes[0].operation == "Put":
            request = writes[0].request()
            _patiently(lambda: self._client.put_item(**request))
        elif len(writes) == 1 and writes[0].operation == "Update":
            request = writes[0].request()
            _patiently(lambda: self._client.update_item(**request))
        else:
            legs: list[Any] = [{each.operation: each.request()} for each in writes]
            _patiently(lambda: self._client.transact_write_items(TransactItems=legs))


_Result = TypeVar("_Result")


def _patiently(call: Callable[[], _Result]) -> _Result:
    """Repeats a call that met another transaction on the same item, or a throttle: it changed nothing."""
    for attempt in range(_CONFLICT_ATTEMPTS):
        try:
            return call()
        except ClientError as error:
            if not _contended(error):
                failed = _failed_legs(error)
                raise ConditionFailed(failed) if failed else as_sahut_error(error) from error
        except BotoCoreError as error:
            raise as_sahut_error(error) from error
        _pause(attempt + 1)
    raise TryAgain("an item stayed contended")


def _pause(attempt: int) -> None:
    time.sleep(random.uniform(0, _CONFLICT_PAUSE_S * attempt))


def _reasons(error: ClientError) -> list[str]:
    reasons = cast("Sequence[Mapping[str, str]]", error.response.get("CancellationReasons", ()))
    return [reason.get("Code", "None") for reason in reasons]


def _failed_legs(error: ClientError) -> list[int]:
    if code_of(error) == "ConditionalCheckFailedException":
        return [0]
    return [leg for leg, code in enumerate(_reasons(error)) if code == "ConditionalCheckFailed"]


def _contended(error: ClientError) -> bool:
    if code_of(error) == "TransactionConflictException":
        return True
    return not _PASSING.isdisjoint(_reasons(error)) and not _failed_legs(error)
