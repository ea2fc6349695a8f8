"""The order service's operations as tools of a tenant, read from its OpenAPI document."""

import json

from sahut.contracts.tools_api import ToolBody
from sahut.domain.tools import Tool
from sandbox.orders.service import OPENAPI

SECRET = "tools/orders"
_OPERATIONS = {"order_status": ("getOrder", False), "cancel_order": ("cancelOrder", True)}


def bodies(url: str) -> dict[str, dict[str, object]]:
    """Name -> what a PUT /v1/config/tools/NAME takes."""
    document = json.loads(OPENAPI.read_text())
    return {
        name: {
            "kind": "http",
            "effectful": effectful,
            "openapi": {"document": document, "operation_id": operation, "server": url, "secret": SECRET},
        }
        for name, (operation, effectful) in _OPERATIONS.items()
    }


def tools(url: str) -> list[Tool]:
    return [ToolBody.model_validate(body).tool(name) for name, body in bodies(url).items()]
