"""Make it live: one conditional write moves the pointer. Versions that are too old lose their files."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sahut.contracts.knowledge_tasks import ActivateResult, ActivateTask
from sahut.domain.errors import Conflict
from sahut.domain.knowledge import (
    Activation,
    KnowledgeBase,
    KnowledgeRef,
    KnowledgeSettings,
    Version,
    VersionState,
)
from sahut.ports.knowledge import Documents, IndexShelf, Versions

BY_BUILD = "build"


@dataclass(frozen=True, slots=True)
class Activating:
    documents: Documents
    versions: Versions
    shelf: IndexShelf
    clock: Callable[[], float]


def activate_version(task: ActivateTask, needs: Activating) -> ActivateResult:
    """Makes a build's version live, unless somebody else moved the pointer since it was planned."""
    version = needs.versions.version(task.ref, task.version)
    settings = needs.documents.settings(task.ref)
    change = Activation(version.version, needs.clock(), BY_BUILD)
    try:
        needs.versions.activate(
            task.ref, live_of(version, settings, change), change, build_id=task.build_id, was=task.was
        )
    except Conflict:
        live = needs.versions.live(task.ref)
        if live is None or live.version != version.version:
            why = "another version was activated during the build"
            if not version.activated:  # one that was live, and only written again, is as good as before
                needs.versions.assess(task.ref, replace(version, refused=why))
            return ActivateResult(activated=False, why=why)
    needs.shelf.activated(task.ref, version)
    prune(task.ref, settings.keep_versions, needs, spare=task.was)
    return ActivateResult(activated=True)


def live_of(version: Version, settings: KnowledgeSettings, change: Activation) -> KnowledgeBase:
    """The pointer that makes a version live."""
    return KnowledgeBase(
        version=version.version,
        object_key=version.object_key,
        sha256=version.sha256,
        embedder=version.embedder,
        engine=version.engine,
        calibration=version.calibration,
        synonyms=settings.synonyms,
        activated_at=change.at,
    )


def prune(ref: KnowledgeRef, keep: int, needs: Activating, spare: str = "") -> None:
    """Deletes the files of all but the newest `keep` versions, never the live one's.

    spare: the version that was live until now. Questions are being answered from it, and it is what a person
    would go back to, however many newer versions the gate refused.
    """
    ready = [each for each in needs.versions.versions(ref) if each.state is VersionState.READY]
    for old in ready[max(1, keep) :]:
        if old.version != spare and needs.versions.prune(ref, old.version):
            needs.shelf.drop(ref, old)
