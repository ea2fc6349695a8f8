"""Collect: something changed in the bucket, somebody asked, or it is time; see that a build runs.

A request is never dropped: it is counted first, and a build that runs already looks at the count when
it ends.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias
from urllib.parse import unquote_plus

from sahut.contracts.knowledge_tasks import KnowledgeJob
from sahut.domain.errors import NotFound, Refused
from sahut.domain.knowledge import Document, KnowledgeRef, KnowledgeSettings
from sahut.ports.knowledge import ReindexMachine

_S3Record: TypeAlias = Mapping[str, Mapping[str, Mapping[str, str]]]

# Between taking the lease and the start of its execution lie a few milliseconds, or a crash.
_STARTS_WITHIN_S = 60.0
# A failed build is tried again by the schedule, not at once: whatever failed it has to pass.
_AGAIN_AFTER_S = 1800.0


class Build(Protocol):
    """What is known of the builds of a base; see adapters.dynamodb.builds."""

    @property
    def build_id(self) -> str: ...

    @property
    def since(self) -> float: ...

    @property
    def outcome(self) -> str: ...

    @property
    def ended_at(self) -> float: ...

    @property
    def wanted(self) -> int: ...

    @property
    def covers(self) -> int: ...

    @property
    def refresh(self) -> bool: ...


class Builds(Protocol):
    def build(self, ref: KnowledgeRef) -> Build: ...

    def want(self, ref: KnowledgeRef, refresh: bool) -> Build: ...

    def take(self, ref: KnowledgeRef, build_id: str, instead_of: str, now: float) -> bool: ...


class Bases(Protocol):
    """The list of knowledge bases and what is known of their documents."""

    def document(self, ref: KnowledgeRef, name: str) -> Document: ...

    def settings(self, ref: KnowledgeRef) -> KnowledgeSettings: ...

    def list_base(self, ref: KnowledgeRef, now: float) -> None: ...

    def bases(self) -> Iterator[KnowledgeRef]: ...

    def due(self, now: float) -> Sequence[KnowledgeRef]: ...

    def refresh_at(self, ref: KnowledgeRef, at: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Collecting:
    """document_of: knowledge base and document of an object key, None for what is none of ours."""

    builds: Builds
    bases: Bases
    machine: ReindexMachine
    document_of: Callable[[str], tuple[KnowledgeRef, str] | None]
    clock: Callable[[], float]
    new_id: Callable[[], str]


def collect(body: str, needs: Collecting) -> None:
    """One message of the knowledge queue: a job of ours, events of S3, or the tick of the schedule.

    Raises:
        Refused: it is none of these. TryAgain: something could not be reached.
    """
    try:
        said = json.loads(body)
    except ValueError:
        raise Refused("the message is no JSON") from None
    if not isinstance(said, dict):
        raise Refused("the message is no JSON object")
    if "Records" in said:
        for ref in _changed(said["Records"], needs):
            _request(ref, needs, refresh=False)
    elif said.get("kind") == "tick":
        _tick(needs)
    elif said.get("Event") != "s3:TestEvent":  # S3 sends it once, to see whether we listen
        job = KnowledgeJob.model_validate(said)
        _request(job.ref, needs, job.refresh)


def _changed(records: Sequence[_S3Record], needs: Collecting) -> list[KnowledgeRef]:
    """The bases of the objects that changed; an object that is known just so has not."""
    found: dict[KnowledgeRef, None] = {}
    for record in records:
        thing = record["s3"]["object"]
        named = needs.document_of(unquote_plus(thing["key"]))
        if named is not None and not _known(*named, thing.get("eTag", ""), needs):
            found[named[0]] = None
    return list(found)


def _known(ref: KnowledgeRef, name: str, etag: str, needs: Collecting) -> bool:
    if not etag:  # a deletion names none
        return False
    try:
        return needs.bases.document(ref, name).etag == etag.strip('"')
    except NotFound:
        return False


def _request(ref: KnowledgeRef, needs: Collecting, refresh: bool) -> None:
    needs.bases.list_base(ref, needs.clock())
    _see_that_it_runs(ref, needs.builds.want(ref, refresh), needs)


def _see_that_it_runs(ref: KnowledgeRef, build: Build, needs: Collecting) -> None:
    now = needs.clock()
    if build.build_id:
        running = needs.machine.is_running(build.build_id)
        starting = running is None and now - build.since < _STARTS_WITHIN_S
        if running or starting:
            return
    build_id = needs.new_id()
    if needs.builds.take(ref, build_id, build.build_id, now):
        needs.machine.start(ref, build_id, build.refresh)


def _tick(needs: Collecting) -> None:
    """Sources whose time has come, and builds that failed or whose execution died."""
    now = needs.clock()
    due = set(needs.bases.due(now))
    for ref in due:
        _request(ref, needs, refresh=True)
        needs.bases.refresh_at(ref, now + needs.bases.settings(ref).refresh_hours * 3600)
    for ref in needs.bases.bases():
        build = needs.builds.build(ref)
        failed = build.outcome == "failed" and now - build.ended_at > _AGAIN_AFTER_S
        if ref not in due and (build.build_id or failed or build.wanted > build.covers):
            _see_that_it_runs(ref, needs.builds.want(ref, False) if failed else build, needs)
