"""Routes of knowledge bases: documents, versions, search, settings, evaluation sets."""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from datetime import datetime
from typing import Annotated

from sahut.contracts.knowledge_api import (
    Activate,
    DocumentAccepted,
    DocumentList,
    DocumentView,
    EvaluationSetView,
    KnowledgeBaseList,
    KnowledgeBaseView,
    NewDocument,
    Requested,
    SearchFound,
    SearchRequest,
    SettingsView,
    SourceList,
    UploadView,
    VersionList,
    VersionView,
)
from sahut.contracts.knowledge_tasks import SearchTask
from sahut.domain.knowledge import Engine, KnowledgeRef, KnowledgeSettings, checked_document_name
from sahut.runtime.api_keys import AsBackend, name_of
from sahut.runtime.bootstrap import composition, needs_of
from sahut.runtime.http_problems import HttpProblem
from sahut.runtime.knowledge_views import (
    activation_view,
    build_view,
    document_view,
    source_view,
    version_view,
)
from sahut.runtime.lean_fastapi import APIRouter, Body, Depends, Path, Query
from sahut.stages import manage_knowledge as manage
from sahut.stages.evaluation_set import read_questions

router = APIRouter(prefix="/v1/knowledge-bases", tags=["knowledge"])

# An upload of 100 MB over a slow line takes a while; the address is good for one object only.
UPLOAD_WITHIN_S = 3600
MAX_SET = 5_000_000


def _ref(key: AsBackend, kb: Annotated[str, Path(max_length=40)]) -> KnowledgeRef:
    try:
        return KnowledgeRef(key.tenant, kb)
    except ValueError as error:
        raise HttpProblem(422, "No name of a knowledge base", str(error)) from None


Ref = Annotated[KnowledgeRef, Depends(_ref)]


def _name(name: str) -> str:
    try:
        return checked_document_name(name)
    except ValueError as error:
        raise HttpProblem(422, "No name of a document", str(error)) from None


@router.get("")
def list_bases(key: AsBackend) -> KnowledgeBaseList:
    """The tenant's knowledge bases."""
    bases = composition().knowledge.documents.bases(key.tenant)
    return KnowledgeBaseList(knowledge_bases=sorted(ref.name for ref in bases))


@router.get("/{kb}")
def get_base(ref: Ref) -> KnowledgeBaseView:
    """The live version, the settings, and how the last build went."""
    made = composition()
    live = made.knowledge.versions.live(ref)
    states = Counter(document.state.value for document in made.knowledge.documents.documents(ref))
    settings = made.knowledge.documents.settings(ref)
    return KnowledgeBaseView(
        name=ref.name,
        live=live.version if live else "",
        activated_at=live.activated_at if live else 0.0,
        settings=SettingsView.model_validate(
            {name: getattr(settings, name) for name in SettingsView.model_fields}
            | {"engine": settings.engine.value}
        ),
        build=build_view(made.knowledge.builds.build(ref)),
        documents=dict(states),
    )


@router.put("/{kb}")
def put_base(ref: Ref, settings: SettingsView) -> KnowledgeBaseView:
    """Decides about sources, synonyms, retention, the gate and the engine."""
    if settings.engine == Engine.OPENSEARCH.value and not composition().settings.opensearch_url:
        raise HttpProblem(409, "There is no OpenSearch server", "Deploy with the parameter OpenSearchUrl.")
    decided = KnowledgeSettings(
        urls=tuple(settings.urls),
        refresh_hours=settings.refresh_hours,
        synonyms=tuple(map(tuple, settings.synonyms)),
        keep_versions=settings.keep_versions,
        gated=settings.gated,
        engine=Engine(settings.engine),
    )
    manage.change_settings(ref, decided, needs_of("manage_knowledge"))
    return get_base(ref)


@router.post("/{kb}/reindex", status_code=202)
def reindex(ref: Ref, refresh: Annotated[bool, Query()] = True) -> Requested:
    """Looks at the bucket, and with `refresh` at the sources on the web, now."""
    manage.request_build(ref, refresh, needs_of("manage_knowledge"))
    return Requested()


# ── documents ─────────────────────────────────────────────────────────────────────────────────────
@router.post("/{kb}/documents", status_code=202)
def add_document(ref: Ref, new: NewDocument) -> DocumentAccepted:
    """Adds or replaces a document; agents answer from it within a minute."""
    name, needs = _name(new.name), needs_of("manage_knowledge")
    content = _content(new)
    if content is not None:
        document = manage.add_document(ref, name, content, new.content_type, new.tags, needs)
        return DocumentAccepted(document=document_view(document))
    document = manage.announce_document(ref, name, new.tags, needs)
    upload = composition().knowledge.originals.upload(ref, name, new.content_type, UPLOAD_WITHIN_S)
    view = UploadView(url=upload.url, headers=upload.headers, expires_in_s=upload.expires_in_s)
    return DocumentAccepted(document=document_view(document), upload=view)


def _content(new: NewDocument) -> bytes | None:
    if new.content_base64 is None:
        return None if new.text is None else new.text.encode("utf-8", "replace")
    try:
        return base64.b64decode(new.content_base64, validate=True)
    except binascii.Error:
        raise HttpProblem(422, "The content is no base64") from None


@router.get("/{kb}/documents")
def list_documents(ref: Ref, state: Annotated[str, Query(max_length=20)] = "") -> DocumentList:
    """All documents with their progress; `state` picks one of queued, parsing, embedding, indexed, failed."""
    documents = composition().knowledge.documents.documents(ref)
    return DocumentList(documents=[document_view(each) for each in documents if state in ("", each.state)])


@router.get("/{kb}/documents/{name:path}")
def get_document(ref: Ref, name: str) -> DocumentView:
    return document_view(composition().knowledge.documents.document(ref, _name(name)))


@router.delete("/{kb}/documents/{name:path}", status_code=204)
def remove_document(ref: Ref, name: str) -> None:
    """Takes a document out of every later version; earlier ones keep it, for `as_of`."""
    manage.remove_document(ref, _name(name), needs_of("manage_knowledge"))


@router.get("/{kb}/sources")
def list_sources(ref: Ref) -> SourceList:
    """Every address on the web that was looked at, and what became of it."""
    return SourceList(sources=[source_view(page) for page in composition().knowledge.pages.pages(ref)])


# ── versions ──────────────────────────────────────────────────────────────────────────────────────
@router.get("/{kb}/versions")
def list_versions(ref: Ref) -> VersionList:
    """The newest first, with their figures and calibration, and who made which one live."""
    versions = composition().knowledge.versions
    live = versions.live(ref)
    return VersionList(
        versions=[version_view(each, live) for each in versions.versions(ref)],
        activations=[activation_view(each) for each in versions.activations(ref, 100)],
    )


@router.post("/{kb}/versions/{version}/activate")
def activate(
    ref: Ref, version: Annotated[str, Path(max_length=80)], key: AsBackend, change: Activate | None = None
) -> VersionView:
    """Makes a version live, back or forward. Every question from now on is answered from it."""
    asked = change or Activate()
    needs = needs_of("manage_knowledge")
    chosen = manage.choose_version(ref, version, name_of(key, asked.by), asked.reason, needs)
    return version_view(chosen, composition().knowledge.versions.live(ref))


@router.post("/{kb}/search")
def search(ref: Ref, asked: SearchRequest) -> SearchFound:
    """What a customer's question would find now, in an earlier version, or at an earlier moment."""
    made = composition()
    version = asked.version
    if asked.as_of != "":
        version = made.knowledge.versions.live_at(ref, _moment(asked.as_of)).version
    task = SearchTask(
        tenant_id=str(ref.tenant),
        knowledge_base=ref.name,
        query=asked.query,
        limit=asked.limit,
        tags=asked.tags,
        version=version,
    )
    return SearchFound.model_validate(made.knowledge.searching.call(task.model_dump(mode="json")))


def _moment(as_of: float | str) -> float:
    if isinstance(as_of, int | float):
        return float(as_of)
    try:
        return datetime.fromisoformat(as_of).timestamp()
    except ValueError:
        detail = "as_of is seconds since the epoch or ISO 8601, such as 2026-05-03T12:00:00+07:00"
        raise HttpProblem(422, "No moment in time", detail) from None


# ── the tenant's own questions ────────────────────────────────────────────────────────────────────
@router.put("/{kb}/evaluation-set")
def put_evaluation_set(
    ref: Ref, body: Annotated[str, Body(media_type="application/x-ndjson", max_length=MAX_SET)]
) -> EvaluationSetView:
    """One question a line, as JSON. New versions are measured on it, calibrated by it, and gated on it."""
    try:
        questions = read_questions(body)
    except ValueError as error:
        raise HttpProblem(422, "No evaluation set", str(error)) from None
    sha256 = composition().knowledge.evaluation_sets.put(ref, body)
    answerable = sum(1 for question in questions if question.answerable)
    return EvaluationSetView(questions=len(questions), answerable=answerable, sha256=sha256)
