"""Calls tools that are Lambda functions: plug-ins by their contract, and the search of a knowledge base."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from sahut.adapters.aws_errors import translated
from sahut.adapters.lambda_call import FunctionCall
from sahut.adapters.tools.text import readable
from sahut.contracts.knowledge_tasks import SearchTask
from sahut.contracts.tool_call import ToolCallBody, ToolReplyBody
from sahut.domain.errors import Conflict, Refused, TryAgain
from sahut.domain.tools import function_name
from sahut.ports.tools import ToolCallRequest, ToolReply

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_PASSAGES = 5


@dataclass(frozen=True, slots=True)
class PlugInTools:
    """prefix: of the names of all plug-ins' functions, see domain.tools.function_name."""

    client: LambdaClient
    prefix: str

    def call(self, request: ToolCallRequest) -> ToolReply:
        """See the port."""
        body = ToolCallBody.model_validate(
            {
                "tenant_id": str(request.tenant),
                "tool": request.tool.name,
                "arguments": dict(request.arguments),
                "idempotency_key": request.key,
                "deadline": request.deadline,
            }
        )
        name = function_name(self.prefix, request.tenant, request.tool.function)
        with translated():
            done = self.client.invoke(FunctionName=name, Payload=body.model_dump_json().encode())
            said = done["Payload"].read()
        if done.get("FunctionError"):
            raise TryAgain("the plug-in failed")
        try:
            reply = ToolReplyBody.model_validate_json(said)
        except ValidationError:
            raise Refused("the plug-in's reply is of another shape") from None
        return ToolReply(reply.ok, readable(reply.result))


@dataclass(frozen=True, slots=True)
class KnowledgeTools:
    """Searches the tenant's own knowledge bases; which tenant's is not the model's to say."""

    searching: FunctionCall

    def call(self, request: ToolCallRequest) -> ToolReply:
        """See the port."""
        task = SearchTask(
            tenant_id=str(request.tenant),
            knowledge_base=request.tool.knowledge_base,
            query=str(request.arguments.get("query", ""))[:2_000] or "?",
            limit=_PASSAGES,
        )
        try:
            found = self.searching.call(task.model_dump(mode="json"))
        except Conflict as error:
            raise Refused(str(error)) from None
        passages = [each for each in found.get("passages", ()) if isinstance(each, Mapping)]
        return ToolReply(True, "\n\n".join(f"{each.get('title')}\n{each.get('text')}" for each in passages))
