"""The route behind a citation: the original, at the page."""

from __future__ import annotations

from typing import Annotated

from starlette.responses import RedirectResponse

from sahut.runtime.bootstrap import composition
from sahut.runtime.citation_links import OPENS_WITHIN_S, PATH
from sahut.runtime.lean_fastapi import APIRouter, Path

router = APIRouter(tags=["webchat"])


@router.get(f"{PATH}{{token}}", status_code=302, response_class=RedirectResponse)
def open_citation(token: Annotated[str, Path(max_length=4_000)]) -> RedirectResponse:
    """Leads to the cited original, as it was when it was read, at the page of the citation."""
    made = composition()
    source = made.citation_links.source(token)
    link = made.knowledge.originals.link(source.ref, source.document, source.object_version, OPENS_WITHIN_S)
    return RedirectResponse(f"{link}#page={source.page}" if source.page else link, 302)
