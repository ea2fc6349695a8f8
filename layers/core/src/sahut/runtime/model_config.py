"""A tenant's registry of models for people, over HTTP and the command line: what holds, and changing it."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from sahut.contracts.models_api import ModelsBody, ModelsView, models_view

if TYPE_CHECKING:
    from sahut.domain.tenant import TenantId
    from sahut.runtime.bootstrap import Composition

# What MODEL_ADDRESSES must say for models in networks of one's own, the machine itself included.
ANY_ADDRESS = "any"


@dataclass(frozen=True, slots=True)
class Shown:
    """etag: of what holds, as HTTP quotes it. revision: of the tenant's own part."""

    view: ModelsView
    etag: str
    revision: int


def shown(made: Composition, tenant: TenantId) -> Shown:
    """What holds now; warm functions may be Registry.CACHE_S behind."""
    own, revision, defaults = made.model_registry.read(tenant)
    view = models_view(own, defaults)
    digest = sha256(f"{revision}\n{view.model_dump_json()}".encode()).hexdigest()
    return Shown(view, f'"{digest[:20]}"', revision)


def change(made: Composition, tenant: TenantId, body: ModelsBody, seen: int, by: str) -> None:
    """Puts the whole registry in place of revision `seen`.

    Raises:
        Conflict: somebody else changed it meanwhile.
    """
    made.model_registry.put(tenant, body.models(), seen, by, made.clock())


def refused_addresses(made: Composition, body: ModelsBody) -> dict[str, str]:
    """Field → why its address can't be asked. Names are resolved now; they may lead elsewhere later."""
    if made.settings.model_addresses == ANY_ADDRESS:
        return {}
    from sahut.adapters.web.addresses import public_addresses, resolve
    from sahut.domain.web_sources import web_url
    from sahut.ports.web import PageFailed, PageRefused

    refused: dict[str, str] = {}
    for field, address in body.addresses():
        try:
            public_addresses(web_url(address), resolve)
        except (PageRefused, PageFailed) as error:
            refused[field] = error.detail
    return refused
