"""Plan the difference: what in the bucket is new, changed or gone since the newest version was built?

Compared with the newest version and not with the live one: when somebody went back to an older version,
the next look at unchanged documents must not undo that.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Protocol

from sahut.contracts.knowledge_tasks import MAX_SHARES, BuildTask, PlanResult
from sahut.domain.knowledge import (
    Document,
    DocumentState,
    Engine,
    KnowledgeBase,
    KnowledgeRef,
    Version,
    VersionState,
)
from sahut.domain.knowledge_diff import (
    Difference,
    Indexed,
    Original,
    difference,
    indexed_from,
    original_from,
    shares,
)
from sahut.ports.knowledge import BuildFiles, Documents, IndexShelf, Originals, Versions

# A share is read by one call: small enough that forty of them use forty processors for a large base,
# large enough that a function which has started has something to do.
SHARE_BYTES = 2_000_000
# 2,000 passages of 150 words take six minutes on one processor (FACTS §5); a function may take fifteen.
MAX_SHARD_PASSAGES = 2_000
MIN_SHARD_PASSAGES = 100
# Text has about 900 bytes a passage. Only a guess: it decides how work is dealt out, nothing else.
_BYTES_PER_PASSAGE = 900
# A document that was announced and never uploaded is forgotten after a day.
_UPLOAD_WITHIN_S = 24 * 3600

# Nothing more happens to a document in one of these states until it changes.
_SETTLED = (DocumentState.INDEXED, DocumentState.FAILED)

PLAN = "plan.json"


class Lease(Protocol):
    def begin_round(self, ref: KnowledgeRef, build_id: str) -> object:
        """Raises: Outdated: another build holds the lease."""
        ...


@dataclass(frozen=True, slots=True)
class Planning:
    """pipeline, embedder: what the functions of this deployment read and embed with."""

    lease: Lease
    originals: Originals
    documents: Documents
    versions: Versions
    shelf: IndexShelf
    files: BuildFiles
    clock: Callable[[], float]
    pipeline: str
    embedder: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What the later states of a build read. base: the version that unchanged documents come from.

    anything: whether a version is to be built. lost: the live version if it is to be written again, or ''.
    """

    originals: tuple[Original, ...]
    known: tuple[Indexed, ...]
    difference: Difference
    shares: tuple[tuple[str, ...], ...]
    base: str
    was: str
    anything: bool
    lost: str = ""


def plan_build(task: BuildTask, needs: Planning) -> PlanResult:
    """Compares, and writes what is to be done.

    Raises:
        Outdated: another build holds the lease.
        TryAgain: the search server of the live version can't be reached.
    """
    needs.lease.begin_round(task.ref, task.build_id)
    plan = _plan(task.ref, needs)
    if not plan.anything and not plan.lost:
        return PlanResult(anything=False, shares=[], was=plan.was)
    needs.files.put(task.ref, task.build_id, PLAN, json.dumps(asdict(plan)).encode())
    sizes = {original.name: original.bytes_to_read for original in plan.originals}
    expected = sum(sizes[name] for name in plan.difference.to_read) / _BYTES_PER_PASSAGE
    return PlanResult(
        anything=True,
        shares=[str(number) for number in range(len(plan.shares))],
        was=plan.was,
        shard_passages=int(min(MAX_SHARD_PASSAGES, max(MIN_SHARD_PASSAGES, expected / MAX_SHARES))),
    )


def read_plan(task: BuildTask, files: BuildFiles) -> Plan:
    found = json.loads(files.get(task.ref, task.build_id, PLAN))
    return Plan(
        originals=tuple(original_from(each) for each in found["originals"]),
        known=tuple(indexed_from(each) for each in found["known"]),
        difference=Difference(**{name: tuple(names) for name, names in found["difference"].items()}),
        shares=tuple(tuple(share) for share in found["shares"]),
        base=found["base"],
        was=found["was"],
        anything=found["anything"],
        lost=found.get("lost", ""),
    )


def _plan(ref: KnowledgeRef, needs: Planning) -> Plan:
    listed, unsettled = _listed(ref, needs)
    base = next((each for each in needs.versions.versions(ref) if each.state is VersionState.READY), None)
    known = tuple(needs.shelf.manifest(ref, base.version)) if base else ()
    changes = difference(listed, known, afresh=_stale(base, needs))
    engine = needs.documents.settings(ref).engine
    moves = base is not None and base.engine is not engine
    unfinished = base is not None and not base.activated and not base.refused
    to_read = set(changes.to_read)
    _settle(ref, base, [each for each in known if each.name in unsettled - to_read], needs)
    sizes = {original.name: original.bytes_to_read for original in listed if original.name in to_read}
    live = needs.versions.live(ref)
    return Plan(
        originals=tuple(listed),
        known=known,
        difference=changes,
        shares=tuple(tuple(share) for share in shares(sizes, MAX_SHARES, SHARE_BYTES)) if sizes else (),
        base=base.version if base else "",
        was=live.version if live else "",
        anything=changes.anything or moves or unfinished,
        lost=_lost(ref, live, engine, needs),
    )


def _lost(ref: KnowledgeRef, live: KnowledgeBase | None, engine: Engine, needs: Planning) -> str:
    """The live version if the search server lost it. One that a move or another embedder replaces may be."""
    if live is None or live.engine is not engine or live.embedder != needs.embedder:
        return ""
    return "" if needs.shelf.stands(ref, needs.versions.version(ref, live.version)) else live.version


def _stale(base: Version | None, needs: Planning) -> bool:
    """Whether everything has to be read again: another embedder or another pipeline made the base."""
    if base is None:
        return False
    return (base.embedder, base.pipeline) != (needs.embedder, needs.pipeline)


def _listed(ref: KnowledgeRef, needs: Planning) -> tuple[list[Original], set[str]]:
    """The originals with what is known about them, and the names of those whose state says "not ready".

    The list that people see follows the bucket. The bucket is read first: whoever adds a document names its
    tags before they put it there.
    """
    now = needs.clock()
    originals = list(needs.originals.list(ref))
    seen = {document.name: document for document in needs.documents.documents(ref)}
    found: list[Original] = []
    unsettled: set[str] = set()
    for original in originals:
        document = seen.pop(original.name, None) or Document(original.name, DocumentState.QUEUED)
        if document.etag != original.etag:
            needs.documents.found(ref, original, document.etag, now)
        if document.etag != original.etag or document.state not in _SETTLED:
            unsettled.add(original.name)
        found.append(replace(original, tags=document.tags, source_uri=document.source_uri))
    for document in seen.values():
        awaited = document.state is DocumentState.QUEUED and now - document.updated_at < _UPLOAD_WITHIN_S
        if not awaited:
            needs.documents.forget(ref, document.name)
    return found, unsettled


def _settle(ref: KnowledgeRef, base: Version | None, known: Sequence[Indexed], needs: Planning) -> None:
    """Documents that need not be read are ready: the same file once more, or their build died at its end."""
    for document in known:
        if base is not None:
            needs.documents.as_before(ref, document, base.version, needs.clock())
