"""Who calls a tool, by its kind; made when the first of a kind is used."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from sahut.domain.tools import LONGEST_CALL_S, Tool, ToolKind
from sahut.runtime.model_config import ANY_ADDRESS

if TYPE_CHECKING:
    from sahut.adapters.tools.functions import KnowledgeTools, PlugInTools
    from sahut.adapters.tools.http import HttpTools
    from sahut.ports.tools import ToolCaller
    from sahut.runtime.bootstrap import Composition


class ToolCallers:
    def __init__(self, made: Composition) -> None:
        self._made = made

    def of(self, tool: Tool) -> ToolCaller:
        if tool.kind is ToolKind.HTTP:
            return self._http
        return self._plug_ins if tool.kind is ToolKind.LAMBDA else self._knowledge

    @cached_property
    def _http(self) -> HttpTools:
        from sahut.adapters.tools.http import HttpTools
        from sahut.adapters.web.exchange import Exchange

        settings = self._made.settings
        return HttpTools(
            exchange=Exchange(),
            secret_of=self._made.secrets.of,
            clock=self._made.clock,
            hosts=settings.tool_hosts,
            any_address=settings.tool_addresses == ANY_ADDRESS,
        )

    @cached_property
    def _lambda(self) -> Any:
        # A second invocation is a second call: whether there is one, the workflow's Retry says.
        return self._made.client("lambda", read_timeout=LONGEST_CALL_S, retries={"total_max_attempts": 1})

    @cached_property
    def _plug_ins(self) -> PlugInTools:
        from sahut.adapters.tools.functions import PlugInTools

        self._made.settings.need("tool_functions")
        return PlugInTools(self._lambda, self._made.settings.tool_functions)

    @cached_property
    def _knowledge(self) -> KnowledgeTools:
        from sahut.adapters.lambda_call import FunctionCall
        from sahut.adapters.tools.functions import KnowledgeTools

        self._made.settings.need("searching_function")
        return KnowledgeTools(FunctionCall(self._lambda, self._made.settings.searching_function))
