"""The HTTP API of a tenant's tools: what goes in and what comes out."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, JsonValue, StringConstraints

from sahut.contracts.chat import Api
from sahut.domain.openapi import Imported, imported
from sahut.domain.tools import (
    LONGEST_CALL_S,
    MAX_RESPONSE_BYTES,
    SECRET,
    HttpOperation,
    Place,
    Tool,
    ToolKind,
)

Argument = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,39}$")]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60, pattern=r"^[^\r\n\[\]【】]*$")]
Json = dict[str, JsonValue]


class HttpBody(Api):
    """An HTTP operation, as OpenAPI has them. url: `{argument}` stands in its path.

    secret: the name of a secret in SSM, `tools/NAME`, never the secret itself. places: where an argument
    goes; those left out go into the query of a GET or DELETE, else into the JSON body.
    """

    model_config = ConfigDict(strict=True)

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    url: str = Field(min_length=1, max_length=1_000)
    places: dict[Argument, Literal["path", "query", "header", "body"]] = Field(default={})
    headers: dict[Argument, str] = Field(default={})
    secret: str = Field(default="", pattern=rf"^(?:{SECRET})?$")
    secret_header: str = "Authorization"
    secret_prefix: str = Field(default="Bearer ", max_length=20, pattern=r"^[ -~]*$")
    max_bytes: int = Field(default=MAX_RESPONSE_BYTES, ge=64, le=MAX_RESPONSE_BYTES)

    def operation(self) -> HttpOperation:
        places = {name: Place(place) for name, place in self.places.items()}
        return HttpOperation(**self.model_dump() | {"places": places})


class OpenApiBody(Api):
    """One operation of an OpenAPI 3 document. server: its base address, '' for the document's first."""

    document: Json
    operation_id: str = Field(min_length=1, max_length=200)
    server: str = Field(default="", max_length=1_000)
    secret: str = Field(default="", pattern=rf"^(?:{SECRET})?$")
    secret_header: str = "Authorization"
    secret_prefix: str = Field(default="Bearer ", max_length=20, pattern=r"^[ -~]*$")

    def found(self) -> Imported:
        """Raises: ValueError, see domain/openapi.py."""
        return imported(self.document, self.operation_id, self.server)


class ToolBody(Api):
    """A tool for the models of a tenant.

    title: for customers, who see it in citations and confirm effectful tools by it. description: for the
    model: when to use it. parameters: a JSON schema of type object. effectful: it changes something; the
    customer is asked first. With `openapi` the other fields follow from the operation where they are empty.
    """

    model_config = ConfigDict(strict=True)

    kind: Literal["http", "lambda", "knowledge"]
    title: Line = ""
    description: str = Field(default="", max_length=1_000)
    parameters: Json | None = None
    effectful: bool = False
    timeout_s: float = Field(default=5.0, gt=0, le=LONGEST_CALL_S, allow_inf_nan=False)
    http: HttpBody | None = None
    openapi: OpenApiBody | None = None
    function: str = Field(default="", max_length=40)
    knowledge_base: str = Field(default="default", min_length=1, max_length=80)
    by: str = Field(default="", max_length=200)

    def tool(self, name: str) -> Tool:
        """Raises: ValueError, see domain/openapi.py."""
        found = self.openapi.found() if self.openapi else None
        http = self.http.operation() if self.http else None
        if found is not None and self.openapi is not None:
            said, given = found.operation, self.openapi
            http = HttpOperation(
                said.method, said.url, said.places, said.headers,
                given.secret, given.secret_header, given.secret_prefix,
            )  # fmt: skip
        return Tool(
            name=name,
            title=self.title or (found.title[:60] if found else "") or name,
            description=self.description or (found.description[:1_000] if found else ""),
            parameters=self.parameters or (found.parameters if found else _NONE),
            kind=ToolKind(self.kind),
            effectful=self.effectful,
            timeout_s=self.timeout_s,
            http=http,
            function=self.function,
            knowledge_base=self.knowledge_base,
        )


_NONE: Json = {"type": "object", "properties": {}, "additionalProperties": False}


class HttpView(HttpBody):
    """As in HttpBody."""


class ToolView(Api):
    """A tool as it is stored."""

    name: str
    kind: str
    title: str
    description: str
    parameters: Json
    effectful: bool
    timeout_s: float
    http: HttpView | None = None
    function: str = ""
    knowledge_base: str = ""


class ToolList(Api):
    tools: list[ToolView]


def tool_view(tool: Tool) -> ToolView:
    http = tool.http
    return ToolView(
        name=tool.name,
        kind=tool.kind.value,
        title=tool.title,
        description=tool.description,
        parameters=dict(tool.parameters),  # type: ignore[arg-type]  # JSON by its schema's rules
        effectful=tool.effectful,
        timeout_s=tool.timeout_s,
        http=None if http is None else HttpView.model_validate(_values(http)),
        function=tool.function,
        knowledge_base=tool.knowledge_base if tool.kind is ToolKind.KNOWLEDGE else "",
    )


def _values(http: HttpOperation) -> dict[str, object]:
    named = {name: getattr(http, name) for name in HttpOperation.__slots__}
    return named | {
        "places": {name: place.value for name, place in http.places.items()},
        "headers": dict(http.headers),
    }
