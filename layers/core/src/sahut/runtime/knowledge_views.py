"""Knowledge bases as the HTTP API shows them."""

from __future__ import annotations

from sahut.adapters.dynamodb.builds import Build
from sahut.contracts.knowledge_api import (
    ActivationView,
    BuildView,
    CalibrationView,
    DocumentView,
    SourceView,
    VersionView,
)
from sahut.domain.knowledge import Activation, Document, KnowledgeBase, Version
from sahut.domain.web_sources import FetchedPage


def document_view(document: Document) -> DocumentView:
    fields = {name: getattr(document, name) for name in DocumentView.model_fields}
    return DocumentView.model_validate(
        fields | {"state": document.state.value, "tags": list(document.tags), "notes": list(document.notes)}
    )


def version_view(version: Version, live: KnowledgeBase | None) -> VersionView:
    names = set(VersionView.model_fields) - {"live", "calibration"}
    calibration = version.calibration
    return VersionView.model_validate(
        {name: getattr(version, name) for name in names}
        | {
            "state": version.state.value,
            "engine": version.engine.value,
            "live": live is not None and live.version == version.version,
            "quality": dict(version.quality),
            "calibration": CalibrationView(
                **{name: getattr(calibration, name) for name in CalibrationView.model_fields}
            ),
        }
    )


def activation_view(activation: Activation) -> ActivationView:
    return ActivationView(
        version=activation.version, at=activation.at, by=activation.by, reason=activation.reason
    )


def source_view(page: FetchedPage) -> SourceView:
    return SourceView(
        url=page.url,
        document=page.name,
        outcome=page.outcome.value,
        reason=page.reason,
        detail=page.detail,
        looked_at=page.looked_at,
    )


def build_view(build: Build) -> BuildView:
    return BuildView(
        running=bool(build.build_id), outcome=build.outcome, error=build.error, ended_at=build.ended_at
    )
