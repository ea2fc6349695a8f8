"""Routes of a tenant's tools: what its models may call beside reading its documents."""

from __future__ import annotations

from typing import Annotated

from sahut.contracts.tools_api import ToolBody, ToolList, ToolView, tool_view
from sahut.domain.tools import NAME, Tool, fixed_url, host_allowed, tool_problems
from sahut.runtime.api_keys import AsAdmin, name_of
from sahut.runtime.bootstrap import Composition, composition
from sahut.runtime.http_problems import HttpProblem
from sahut.runtime.lean_fastapi import APIRouter, Path

router = APIRouter(prefix="/v1/config/tools", tags=["configuration"])

Name = Annotated[str, Path(pattern=f"^{NAME}$")]


@router.get("", response_model_exclude_none=True)
def get_tools(key: AsAdmin) -> ToolList:
    """All tools of the tenant."""
    return ToolList(tools=[tool_view(each) for each in composition().tool_registry.all(key.tenant)])


@router.get("/{name}", response_model_exclude_none=True)
def get_tool(name: Name, key: AsAdmin) -> ToolView:
    return tool_view(composition().tool_registry.get(key.tenant, name))


@router.put("/{name}", response_model_exclude_none=True)
def put_tool(name: Name, body: ToolBody, key: AsAdmin) -> ToolView:
    """Stores a tool in place of the one of its name. Functions at work follow within 30 seconds."""
    made = composition()
    try:
        tool = body.tool(name)
    except ValueError as error:
        raise _invalid({"openapi": str(error)}) from None
    problems = dict(tool_problems(tool)) or _address_problems(made, tool)
    if not tool.description:
        problems["description"] = "is missing: it tells the model when to use the tool"
    if problems:
        raise _invalid(problems)
    made.tool_registry.put(key.tenant, tool, name_of(key, body.by), made.clock())
    return tool_view(tool)


@router.delete("/{name}", status_code=204)
def delete_tool(name: Name, key: AsAdmin) -> None:
    made = composition()
    made.tool_registry.delete(key.tenant, name, name_of(key, ""), made.clock())


def _invalid(problems: dict[str, str]) -> HttpProblem:
    where = [{"field": f"body.{field}", "problem": why} for field, why in problems.items()]
    return HttpProblem(422, "The request is not valid", errors=where)


def _address_problems(made: Composition, tool: Tool) -> dict[str, str]:
    """Names are resolved now, and again at every call."""
    if tool.http is None:
        return {}
    from sahut.adapters.web.addresses import public_addresses, resolve
    from sahut.ports.web import PageFailed, PageRefused

    url = fixed_url(tool.http)
    if not host_allowed(url.host, made.settings.tool_hosts):
        return {"http.url": "this installation does not allow tools on this host"}
    if made.settings.tool_addresses == "any":
        return {}
    try:
        public_addresses(url, resolve)
    except (PageRefused, PageFailed) as error:
        return {"http.url": error.detail}
    return {}
