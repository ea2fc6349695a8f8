"""A tenant's tools in the Registry table: one item each, changed by people with an audit entry."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict

from sahut.adapters.dynamodb import keys
from sahut.adapters.dynamodb.table import ConditionFailed, Tables, Write
from sahut.adapters.dynamodb.wire import Value, text_of
from sahut.domain.errors import Conflict, NotFound
from sahut.domain.tenant import TenantId
from sahut.domain.tools import MAX_TOOLS, HttpOperation, Place, Tool, ToolKind

# Tools change by hand, seldom; a warm function may be this much behind.
CACHE_S = 30.0


class ToolRegistry:
    def __init__(self, tables: Tables, registry: str, logs: str, clock: Callable[[], float]) -> None:
        self._tables = tables
        self._registry = registry
        self._logs = logs
        self._clock = clock
        self._cache: dict[TenantId, tuple[float, tuple[Tool, ...]]] = {}

    def of(self, tenant: TenantId) -> tuple[Tool, ...]:
        """The tenant's tools by name, at most CACHE_S old."""
        now = self._clock()
        known = self._cache.get(tenant)
        if known is None or now - known[0] >= CACHE_S:
            known = self._cache[tenant] = (now, self.all(tenant))
        return known[1]

    def all(self, tenant: TenantId) -> tuple[Tool, ...]:
        """As they are now."""
        first, last = keys.tool(tenant, ""), keys.tool(tenant, "~")
        items = self._tables.query(self._registry, first.pk, first.sk, last.sk)
        return tuple(map(tool_from, items))

    def get(self, tenant: TenantId, name: str) -> Tool:
        """Raises: NotFound."""
        item = self._tables.get(self._registry, keys.tool(tenant, name))
        if item is None:
            raise NotFound(f"tool {name}")
        return tool_from(item)

    def put(self, tenant: TenantId, tool: Tool, by: str, now: float) -> None:
        """Stores a tool in place of the one of its name.

        Raises:
            Conflict: the tenant has as many as it may have.
        """
        names = {each.name for each in self.all(tenant)}
        if tool.name not in names and len(names) >= MAX_TOOLS:
            raise Conflict(f"a tenant has at most {MAX_TOOLS} tools")
        self._change(
            tenant,
            tool.name,
            Write(self._registry, keys.tool(tenant, tool.name), put=tool_item(tool)),
            by,
            now,
        )

    def delete(self, tenant: TenantId, name: str, by: str, now: float) -> None:
        """Raises: NotFound."""
        gone = Write(self._registry, keys.tool(tenant, name), delete=True, condition="attribute_exists(pk)")
        try:
            self._change(tenant, name, gone, by, now)
        except ConditionFailed as error:
            raise NotFound(f"tool {name}") from error

    def _change(self, tenant: TenantId, name: str, write: Write, by: str, now: float) -> None:
        event: dict[str, Value] = {
            "event": "tools.changed",
            "by": by,
            "at": now,
            "tool": name,
            "became": "deleted" if write.put is None else text_of(write.put, "tool"),
        }
        told = Write(self._logs, keys.audit(tenant, int(now * 1000), f"tools.{name}"), put=event)
        self._tables.write(write, told)
        self._cache.pop(tenant, None)


def tool_item(tool: Tool) -> dict[str, Value]:
    """One attribute of JSON: schemas are deep, and nobody asks the table for a part of one."""
    return {"name": tool.name, "tool": json.dumps(asdict(tool))}


def tool_from(item: Mapping[str, Value]) -> Tool:
    values = json.loads(text_of(item, "tool"))
    http = values.pop("http")
    if http is not None:
        http = HttpOperation(
            **http | {"places": {name: Place(each) for name, each in http["places"].items()}}
        )
    return Tool(**values | {"kind": ToolKind(values["kind"]), "http": http})
