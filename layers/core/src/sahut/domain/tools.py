"""What a model may do beside reading passages: tools, which are a tenant's data and no code of ours.

Rules only: which tools may exist, and which hosts and functions they may name. Adapters call them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sahut.domain.json_schema import Schema, schema_problems
from sahut.domain.model_rules import looks_like_a_secret
from sahut.domain.tenant import TenantId
from sahut.domain.web_sources import WebUrl, web_url

MAX_TOOLS = 20
LONGEST_CALL_S = 10.0
MAX_RESPONSE_BYTES = 64 * 1024
NAME = r"[a-z][a-z0-9_]{0,39}"
FUNCTION = r"(?:shared/)?[a-z][a-z0-9_]{0,19}"
SECRET = r"tools/[a-z0-9][a-z0-9._-]{0,39}"
HEADER = r"[A-Za-z][A-Za-z0-9-]{0,39}"

_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]{0,39})\}")
# Set by us or by the connection: nobody's argument or secret may stand there.
_OUR_HEADERS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "content-type", "idempotency-key", "accept"}
)


class ToolKind(StrEnum):
    HTTP = "http"
    LAMBDA = "lambda"
    KNOWLEDGE = "knowledge"


class Place(StrEnum):
    """Where an argument goes in a request."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    BODY = "body"


@dataclass(frozen=True, slots=True)
class HttpOperation:
    """url: with `{argument}` in its path, never in its host. places: by argument; those that are not named
    go into the query of a GET or DELETE, else into the JSON body. headers: by argument, what it is called.
    secret: the name of a tenant's secret in SSM, '' for none; it is sent as `secret_header: prefix secret`.
    """

    method: str
    url: str
    places: Mapping[str, Place] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    secret: str = ""
    secret_header: str = "Authorization"
    secret_prefix: str = "Bearer "
    max_bytes: int = MAX_RESPONSE_BYTES

    @property
    def placeholders(self) -> frozenset[str]:
        return frozenset(_PLACEHOLDER.findall(self.url))

    def place_of(self, argument: str) -> Place:
        if argument in self.placeholders:
            return Place.PATH
        plain = Place.QUERY if self.method in ("GET", "DELETE") else Place.BODY
        return self.places.get(argument, plain)


@dataclass(frozen=True, slots=True)
class Tool:
    """name: for the model. title: for customers, e.g. "Order status"; description: for the model.

    effectful: it changes something, so the customer is asked first. function: of kind lambda, a plug-in's
    name (see function_name). knowledge_base: of kind knowledge.
    """

    name: str
    title: str
    description: str
    parameters: Schema
    kind: ToolKind
    effectful: bool = False
    timeout_s: float = 5.0
    http: HttpOperation | None = None
    function: str = ""
    knowledge_base: str = "default"


def tool_problems(tool: Tool) -> Iterator[tuple[str, str]]:
    """(field, what is wrong there); nothing when the tool may be used."""
    yield from schema_problems(tool.parameters, "parameters")
    if tool.parameters.get("type") != "object":
        yield "parameters.type", "must be object"
    if tool.kind is ToolKind.HTTP:
        yield from _http_problems(tool)
    if tool.kind is ToolKind.LAMBDA and not re.fullmatch(FUNCTION, tool.function):
        yield "function", "must be a plug-in's name: small letters, digits and underscores, at most 20"
    if tool.kind is ToolKind.KNOWLEDGE:
        if tool.effectful:
            yield "effectful", "a search changes nothing"
        if "query" not in properties_of(tool):
            yield "parameters.properties", "a search needs a property called query"


def properties_of(tool: Tool) -> Mapping[str, object]:
    found = tool.parameters.get("properties", {})
    return found if isinstance(found, Mapping) else {}


def _http_problems(tool: Tool) -> Iterator[tuple[str, str]]:
    if tool.http is None:
        yield "http", "is missing"
        return
    try:
        fixed_url(tool.http)
    except ValueError as error:
        yield "http.url", str(error)
    yield from _place_problems(tool, tool.http)
    headers = {f"http.headers.{name}": header for name, header in tool.http.headers.items()}
    for at, header in {**headers, "http.secret_header": tool.http.secret_header}.items():
        if not re.fullmatch(HEADER, header) or header.lower() in _OUR_HEADERS:
            yield at, "is no header that may be set"
    if tool.http.secret and looks_like_a_secret(tool.http.secret):
        yield "http.secret", "this looks like a secret: put it into SSM, and name it here as tools/NAME"
    if not tool.effectful and tool.http.method != "GET":
        yield "effectful", "must be true unless the method is GET: whatever may change something is asked for"


def _place_problems(tool: Tool, http: HttpOperation) -> Iterator[tuple[str, str]]:
    known, required = properties_of(tool), tool.parameters.get("required", ())
    needed = {*required} if isinstance(required, list | tuple) else set()
    for name in sorted(http.placeholders - (needed & set(known))):
        yield "http.url", f"{{{name}}} must be a required parameter"
    for name, place in http.places.items():
        if name not in known:
            yield f"http.places.{name}", "is no parameter"
        elif (place is Place.PATH) != (name in http.placeholders):
            yield f"http.places.{name}", "parameters of the path stand in the url, and no others"
        elif place is Place.BODY and http.method == "GET":
            yield f"http.places.{name}", "a GET has no body"


def fixed_url(operation: HttpOperation) -> WebUrl:
    """The operation's address with its placeholders as if they were words.

    Raises:
        ValueError: no web address, or one that an argument could lead elsewhere.
    """
    scheme, _, rest = operation.url.partition("://")
    authority, slash, path = rest.partition("/")
    if _PLACEHOLDER.search(authority) or not slash:
        raise ValueError("the host must be written out, and a path must follow it")
    if "?" in path or "#" in path:
        raise ValueError("no query and no fragment: parameters of the query are arguments")
    return web_url(f"{scheme}://{authority}/{_PLACEHOLDER.sub('x', path)}")


def host_allowed(host: str, allowed: str) -> bool:
    """allowed: hosts with commas between, `*.shop.example` for all below one, `*` for every host."""
    for rule in (each.strip().lower() for each in allowed.split(",")):
        if rule in ("*", host) or (rule.startswith("*.") and host.endswith(rule[1:])):
            return True
    return False


def function_name(prefix: str, tenant: TenantId, function: str) -> str:
    """The plug-in's Lambda function: `<prefix><tenant>_<name>`, or `<prefix>_<name>` for a shared one.

    Neither a tenant's id nor a prefix ends in an underscore's place, so no tenant can name another's.
    """
    shared = function.startswith("shared/")
    return f"{prefix}{'' if shared else tenant}_{function.removeprefix('shared/')}"
