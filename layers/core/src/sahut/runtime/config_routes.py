"""Routes of a tenant's configuration: its registry of models."""

from __future__ import annotations

from typing import Annotated

from sahut.contracts.models_api import ModelsBody, ModelsView
from sahut.domain.errors import Conflict
from sahut.runtime import model_config
from sahut.runtime.api_keys import AsAdmin, name_of
from sahut.runtime.bootstrap import composition
from sahut.runtime.http_problems import HttpProblem
from sahut.runtime.lean_fastapi import APIRouter, Header, Response

router = APIRouter(prefix="/v1/config", tags=["configuration"])

_CHANGED = HttpProblem(
    412, "Somebody else changed it", "Read it again, and send its ETag as If-Match with your change."
)


@router.get("/models", response_model_exclude_none=True)
def get_models(key: AsAdmin, response: Response) -> ModelsView:
    """What holds now, and for each scenario whose choice it is. Send the ETag with a change."""
    found = model_config.shown(composition(), key.tenant)
    response.headers["ETag"] = found.etag
    return found.view


@router.put("/models", response_model_exclude_none=True)
def put_models(
    body: ModelsBody, key: AsAdmin, response: Response, if_match: Annotated[str, Header()] = ""
) -> ModelsView:
    """Replaces the tenant's whole registry. Functions at work follow within 30 seconds."""
    made = composition()
    seen = model_config.shown(made, key.tenant)
    if not if_match:
        raise HttpProblem(428, "If-Match is needed", "The ETag of what you read before you changed it.")
    if if_match != seen.etag:
        raise _CHANGED
    refused = model_config.refused_addresses(made, body)
    if refused:
        where = [{"field": f"body.{field}", "problem": why} for field, why in refused.items()]
        raise HttpProblem(422, "The request is not valid", errors=where)
    try:
        model_config.change(made, key.tenant, body, seen.revision, name_of(key, body.by))
    except Conflict:
        raise _CHANGED from None
    return get_models(key, response)
