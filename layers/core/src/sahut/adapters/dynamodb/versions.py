"""Versions of knowledge bases: immutable records, the pointer to the live one, and its history."""

from __future__ import annotations

from sahut.adapters.dynamodb import keys
from sahut.adapters.dynamodb.knowledge_items import (
    activation_from,
    calibration_item,
    live_from,
    live_item,
    version_from,
    version_item,
)
from sahut.adapters.dynamodb.table import ConditionFailed, Tables, Write
from sahut.adapters.dynamodb.wire import text_of
from sahut.domain.errors import Conflict, NotFound
from sahut.domain.knowledge import Activation, KnowledgeBase, KnowledgeRef, Version, VersionState


class VersionStore:
    """Reads and writes of the Registry table about versions."""

    def __init__(self, tables: Tables, table: str) -> None:
        self._tables = tables
        self._table = table

    def live(self, ref: KnowledgeRef) -> KnowledgeBase | None:
        """Never cached: a flip of the pointer must hold from the next turn on."""
        item = self._tables.get(self._table, keys.live_version(ref))
        return live_from(item) if item else None

    def version(self, ref: KnowledgeRef, version_id: str) -> Version:
        item = self._tables.get(self._table, keys.version(ref, version_id))
        if item is None:
            raise NotFound(f"version {version_id}")
        return version_from(item)

    def versions(self, ref: KnowledgeRef) -> list[Version]:
        """The newest first, pruned ones included."""
        first, last = keys.version(ref, ""), keys.version(ref, "~")
        found = map(version_from, self._tables.query(self._table, first.pk, first.sk, last.sk))
        return sorted(found, key=lambda version: version.seen_at, reverse=True)

    def add(self, ref: KnowledgeRef, version: Version) -> None:
        """Records a finished version. One that is ready already stays as it is, but was seen again."""
        try:
            self._tables.write(
                Write(
                    self._table,
                    keys.version(ref, version.version),
                    put=version_item(version),
                    condition="attribute_not_exists(pk) OR #state = :pruned",
                    names={"#state": "state"},
                    values={":pruned": VersionState.PRUNED.value},
                )
            )
        except ConditionFailed:
            self._seen_again(ref, version)

    def _seen_again(self, ref: KnowledgeRef, version: Version) -> None:
        """It is checked again; what kept it from going live before holds no more, even if this build dies."""
        self._tables.write(
            Write(
                self._table,
                keys.version(ref, version.version),
                update="SET seen_at = :now, activated = :no, refused = :none, failed_documents = :failed",
                condition="attribute_exists(pk)",
                values={
                    ":now": version.seen_at,
                    ":no": False,
                    ":none": "",
                    ":failed": version.failed_documents,
                },
            )
        )

    def assess(self, ref: KnowledgeRef, version: Version) -> None:
        """Stores what the check found: calibration, quality, and why the gate refused it if it did."""
        self._tables.write(
            Write(
                self._table,
                keys.version(ref, version.version),
                update="SET calibration = :calibration, quality = :quality, "
                "evaluation_sha256 = :evaluation, refused = :refused",
                condition="attribute_exists(pk)",
                values={
                    ":calibration": calibration_item(version.calibration),
                    ":quality": dict(version.quality),
                    ":evaluation": version.evaluation_sha256,
                    ":refused": version.refused,
                },
            )
        )

    def activate(
        self, ref: KnowledgeRef, live: KnowledgeBase, change: Activation, *, build_id: str = "", was: str = ""
    ) -> None:
        """Moves the pointer and notes it, if the version is ready: all or nothing.

        build_id: of the build that asks, which must still hold the lease; then `was` must still be the
        live version, so that a build never undoes what a person decided meanwhile. Both '' for people.

        Raises:
            Conflict: the version isn't ready, or one of the above does not hold any more.
        """
        pointer = Write(self._table, keys.live_version(ref), put=live_item(live))
        if build_id:
            pointer = Write(
                self._table,
                keys.live_version(ref),
                put=live_item(live),
                condition="version = :was" if was else "attribute_not_exists(pk)",
                values={":was": was} if was else {},
            )
        happened: dict[str, str | float] = {
            "version": change.version, "at": change.at, "by": change.by, "reason": change.reason,
        }  # fmt: skip
        writes = [
            self._ready(ref, live.version),
            pointer,
            Write(self._table, keys.activation(ref, round(change.at * 1000)), put=happened),
        ]
        if build_id:
            writes.append(
                Write(
                    self._table,
                    keys.knowledge_build(ref),
                    condition="build_id = :build",
                    values={":build": build_id},
                )
            )
        try:
            self._tables.write(*writes)
        except ConditionFailed as failed:
            raise Conflict("the version is not ready, or another one was activated meanwhile") from failed

    def _ready(self, ref: KnowledgeRef, version_id: str) -> Write:
        return Write(
            self._table,
            keys.version(ref, version_id),
            update="SET activated = :yes",
            condition="#state = :ready",
            names={"#state": "state"},
            values={":ready": VersionState.READY.value, ":yes": True},
        )

    def retune(self, ref: KnowledgeRef, live: KnowledgeBase) -> None:
        """Changes what goes with the pointer (synonyms), unless it points elsewhere by now."""
        try:
            self._tables.write(
                Write(
                    self._table,
                    keys.live_version(ref),
                    put=live_item(live),
                    condition="version = :version",
                    values={":version": live.version},
                )
            )
        except ConditionFailed as failed:
            raise Conflict("another version was activated meanwhile") from failed

    def live_at(self, ref: KnowledgeRef, at: float) -> Activation:
        """What was live at a moment (seconds since the epoch).

        Raises:
            NotFound: nothing was.
        """
        first, last = keys.activation(ref, 0), keys.activation(ref, round(at * 1000))
        for item in self._tables.query(self._table, first.pk, first.sk, last.sk, limit=1, newest_first=True):
            return activation_from(item)
        raise NotFound("version that was live then")

    def activations(self, ref: KnowledgeRef, limit: int) -> list[Activation]:
        """The newest first."""
        first = keys.activation(ref, 0)
        last = f"{first.sk.partition('#')[0]}#~"
        rows = self._tables.query(self._table, first.pk, first.sk, last, limit=limit, newest_first=True)
        return [activation_from(item) for item in rows]

    def prune(self, ref: KnowledgeRef, version_id: str) -> bool:
        """Marks a version whose file may go; False when it is live by now."""
        live = self._tables.get(self._table, keys.live_version(ref))
        if live is not None and text_of(live, "version") == version_id:
            return False
        try:
            self._tables.write(
                Write(
                    self._table,
                    keys.version(ref, version_id),
                    update="SET #state = :pruned",
                    condition="attribute_exists(pk)",
                    names={"#state": "state"},
                    values={":pruned": VersionState.PRUNED.value},
                ),
                Write(
                    self._table,
                    keys.live_version(ref),
                    condition="attribute_not_exists(pk) OR version <> :version",
                    values={":version": version_id},
                ),
            )
        except ConditionFailed:
            return False
        return True
