"""Builds of a knowledge base: wanted, running, over. One at a time; a change during a build wants another.

`wanted` counts requests. A build notes the count it began with; if it has risen when the build ends,
the build goes around once more, so that no change is missed however requests and builds overlap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sahut.adapters.dynamodb import keys
from sahut.adapters.dynamodb.table import ConditionFailed, Tables, Write
from sahut.adapters.dynamodb.wire import Item, float_of, int_of, text_of
from sahut.domain.errors import Outdated
from sahut.domain.knowledge import Again, BuildEnd, KnowledgeRef


@dataclass(frozen=True, slots=True)
class Build:
    """build_id: of the one that runs, '' for none; also the name of its execution.

    since: when the running one took the lease. covers: the `wanted` that the last round began with.
    refresh: the sources want a look. outcome, error, ended_at: of the last one that ended.
    """

    wanted: int = 0
    covers: int = 0
    build_id: str = ""
    since: float = 0.0
    refresh: bool = False
    outcome: str = ""
    error: str = ""
    ended_at: float = 0.0


class BuildStore:
    """The item that says whether a build is wanted and which one runs."""

    def __init__(self, tables: Tables, table: str) -> None:
        self._tables = tables
        self._table = table

    def build(self, ref: KnowledgeRef) -> Build:
        return _build_from(self._tables.get(self._table, keys.knowledge_build(ref)) or {})

    def want(self, ref: KnowledgeRef, refresh: bool) -> Build:
        """Asks for a build. refresh: the sources on the web should be looked at first."""
        update = "SET refresh = :refresh ADD wanted :one" if refresh else "ADD wanted :one"
        values: dict[str, bool | int] = {":one": 1} | ({":refresh": True} if refresh else {})
        return _build_from(
            self._tables.update(Write(self._table, keys.knowledge_build(ref), update=update, values=values))
        )

    def take(self, ref: KnowledgeRef, build_id: str, instead_of: str, now: float) -> bool:
        """Takes the lease for a new build. instead_of: the build that is known to be dead, '' for none."""
        free = "attribute_not_exists(build_id) OR build_id = :free"
        try:
            self._tables.write(
                Write(
                    self._table,
                    keys.knowledge_build(ref),
                    update="SET build_id = :build, since = :now",
                    condition="build_id = :free" if instead_of else free,
                    values={":build": build_id, ":now": now, ":free": instead_of},
                )
            )
        except ConditionFailed:
            return False
        return True

    def begin_round(self, ref: KnowledgeRef, build_id: str) -> Build:
        """What was wanted up to now is what this round covers.

        Raises:
            Outdated: another build holds the lease.
        """
        build = self.build(ref)
        self._hold(ref, build_id, "SET covers = :covers", {":covers": build.wanted})
        return build

    def begin_fetching(self, ref: KnowledgeRef, build_id: str) -> None:
        """Whoever asks for a refresh from now on gets another one.

        Raises:
            Outdated: another build holds the lease.
        """
        self._hold(ref, build_id, "SET refresh = :no", {":no": False})

    def end(self, ref: KnowledgeRef, build_id: str, end: BuildEnd, now: float) -> Again | None:
        """Ends a round. None: the lease is given back; else more was asked meanwhile, go around again.

        A failed round, and a failed look at the sources, is not repeated at once.

        Raises:
            Outdated: another build holds the lease.
        """
        build = self.build(ref)
        refresh = build.refresh and not end.fetch_failed
        update = "SET outcome = :outcome, #error = :error, ended_at = :now"
        values: dict[str, str | float | int] = {":outcome": end.outcome, ":error": end.error, ":now": now}
        if (build.wanted > build.covers or refresh) and end.outcome != "failed":
            self._hold(ref, build_id, update, values, {"#error": "error"})
            return Again(refresh)
        try:
            self._tables.write(
                Write(
                    self._table,
                    keys.knowledge_build(ref),
                    update=f"{update}, build_id = :none",
                    condition="build_id = :build AND wanted = :wanted",
                    names={"#error": "error"},
                    values=values | {":build": build_id, ":wanted": build.wanted, ":none": ""},
                )
            )
        except ConditionFailed:
            if self.build(ref).build_id != build_id:
                raise Outdated(f"build {build_id} has lost its lease") from None
            return self.end(ref, build_id, end, now)  # asked again in this very moment
        return None

    def _hold(
        self,
        ref: KnowledgeRef,
        build_id: str,
        update: str,
        values: Mapping[str, str | float | int],
        names: dict[str, str] | None = None,
    ) -> None:
        try:
            self._tables.write(
                Write(
                    self._table,
                    keys.knowledge_build(ref),
                    update=update,
                    condition="build_id = :build",
                    names=names or {},
                    values={**values, ":build": build_id},
                )
            )
        except ConditionFailed:
            raise Outdated(f"build {build_id} has lost its lease") from None


def _build_from(item: Item) -> Build:
    return Build(
        wanted=int_of(item, "wanted"),
        covers=int_of(item, "covers"),
        build_id=text_of(item, "build_id"),
        since=float_of(item, "since"),
        refresh=bool(item.get("refresh", False)),
        outcome=text_of(item, "outcome"),
        error=text_of(item, "error"),
        ended_at=float_of(item, "ended_at"),
    )
