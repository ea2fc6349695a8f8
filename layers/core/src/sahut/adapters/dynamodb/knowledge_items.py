"""Knowledge bases as items of the Registry table, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from sahut.adapters.dynamodb.wire import Item, Value, float_of, int_of, list_of, map_of, text_of
from sahut.domain.knowledge import (
    Activation,
    Calibration,
    Document,
    DocumentState,
    Engine,
    KnowledgeBase,
    KnowledgeSettings,
    Version,
    VersionState,
)

Fields: TypeAlias = dict[str, Value]


def calibration_item(calibration: Calibration) -> Fields:
    return {name: getattr(calibration, name) for name in Calibration.__slots__}


def calibration_from(item: Item) -> Calibration:
    if not item:
        return Calibration()
    return Calibration(
        slope=float_of(item, "slope", 1.0),
        intercept=float_of(item, "intercept"),
        threshold=float_of(item, "threshold"),
        questions=int_of(item, "questions"),
        auroc=float_of(item, "auroc") if item.get("auroc") is not None else None,
    )


def live_item(live: KnowledgeBase) -> Fields:
    return {
        "version": live.version,
        "object_key": live.object_key,
        "sha256": live.sha256,
        "embedder": live.embedder,
        "engine": live.engine.value,
        "calibration": calibration_item(live.calibration),
        "synonyms": [list(group) for group in live.synonyms],
        "activated_at": live.activated_at,
    }


def live_from(item: Item) -> KnowledgeBase:
    return KnowledgeBase(
        version=text_of(item, "version"),
        object_key=text_of(item, "object_key"),
        sha256=text_of(item, "sha256"),
        embedder=text_of(item, "embedder"),
        engine=Engine(text_of(item, "engine", Engine.SQLITE.value)),
        calibration=calibration_from(map_of(item, "calibration")),
        synonyms=_groups(item),
        activated_at=float_of(item, "activated_at"),
    )


def _groups(item: Item) -> tuple[tuple[str, ...], ...]:
    return tuple(
        tuple(str(word) for word in group)
        for group in list_of(item, "synonyms")
        if isinstance(group, list | tuple)
    )


def _words(item: Item, name: str) -> tuple[str, ...]:
    return tuple(str(word) for word in list_of(item, name))


def settings_item(settings: KnowledgeSettings) -> Fields:
    return {
        "urls": list(settings.urls),
        "refresh_hours": settings.refresh_hours,
        "synonyms": [list(group) for group in settings.synonyms],
        "keep_versions": settings.keep_versions,
        "gated": settings.gated,
        "engine": settings.engine.value,
    }


def settings_from(item: Item) -> KnowledgeSettings:
    return KnowledgeSettings(
        urls=_words(item, "urls"),
        refresh_hours=float_of(item, "refresh_hours", 24.0),
        synonyms=_groups(item),
        keep_versions=int_of(item, "keep_versions", 10),
        gated=bool(item.get("gated", True)),
        engine=Engine(text_of(item, "engine", Engine.SQLITE.value)),
    )


def document_item(document: Document) -> Fields:
    """`done` counts embedded passages by shard: repeating a shard sets what it set before."""
    fields: Fields = {name: getattr(document, name) for name in Document.__slots__ if name != "embedded"}
    return fields | {
        "state": document.state.value,
        "tags": list(document.tags),
        "notes": list(document.notes),
        "done": {},
    }


def document_from(item: Item) -> Document:
    done = map_of(item, "done")
    return Document(
        name=text_of(item, "name"),
        state=DocumentState(text_of(item, "state")),
        bytes=int_of(item, "bytes"),
        etag=text_of(item, "etag"),
        content_sha256=text_of(item, "content_sha256"),
        object_version=text_of(item, "object_version"),
        source_uri=text_of(item, "source_uri"),
        tags=_words(item, "tags"),
        passages=int_of(item, "passages"),
        embedded=sum(int_of(done, shard) for shard in done),
        version=text_of(item, "version"),
        reason=text_of(item, "reason"),
        detail=text_of(item, "detail"),
        notes=_words(item, "notes"),
        updated_at=float_of(item, "updated_at"),
    )


def version_item(version: Version) -> Fields:
    fields: Fields = {name: getattr(version, name) for name in Version.__slots__}
    return fields | {
        "state": version.state.value,
        "engine": version.engine.value,
        "calibration": calibration_item(version.calibration),
        "quality": dict(version.quality),
    }


def version_from(item: Item) -> Version:
    return Version(
        version=text_of(item, "version"),
        state=VersionState(text_of(item, "state")),
        object_key=text_of(item, "object_key"),
        sha256=text_of(item, "sha256"),
        embedder=text_of(item, "embedder"),
        engine=Engine(text_of(item, "engine", Engine.SQLITE.value)),
        documents=int_of(item, "documents"),
        passages=int_of(item, "passages"),
        collapsed=int_of(item, "collapsed"),
        bytes=int_of(item, "bytes"),
        built_at=float_of(item, "built_at"),
        seen_at=float_of(item, "seen_at"),
        pipeline=text_of(item, "pipeline"),
        failed_documents=int_of(item, "failed_documents"),
        calibration=calibration_from(map_of(item, "calibration")),
        quality=_figures(map_of(item, "quality")),
        evaluation_sha256=text_of(item, "evaluation_sha256"),
        refused=text_of(item, "refused"),
        activated=bool(item.get("activated", False)),
    )


def _figures(item: Mapping[str, Value]) -> dict[str, float]:
    return {name: float_of(item, name) for name in item}


def activation_from(item: Item) -> Activation:
    return Activation(
        version=text_of(item, "version"),
        at=float_of(item, "at"),
        by=text_of(item, "by"),
        reason=text_of(item, "reason"),
    )
