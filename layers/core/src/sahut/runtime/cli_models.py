"""`sahut models`: a tenant's registry of models as a file: get, edit, put."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sahut.domain.tenant import TenantId

if TYPE_CHECKING:
    from sahut.runtime.bootstrap import Composition
    from sahut.runtime.cli import Commands


def register(commands: Commands) -> None:
    """Adds the command with its actions."""
    models = commands.add_parser("models", help="a tenant's registry of models: get, put")
    models.add_argument("--tenant", required=True)
    actions = models.add_subparsers(required=True, metavar="ACTION")
    get = actions.add_parser("get", help="print what the tenant chose, as JSON")
    get.add_argument("--all", action="store_true", help="what holds, the installation's defaults included")
    get.set_defaults(run=_get)
    put = actions.add_parser("put", help="replace what the tenant chose by a file of JSON")
    put.add_argument("file", type=Path, metavar="FILE")
    put.set_defaults(run=_put)


def _tenant(asked: argparse.Namespace) -> TenantId:
    try:
        return TenantId(asked.tenant)
    except ValueError as error:
        raise SystemExit(f"sahut: {error}") from None


def _get(made: Composition, asked: argparse.Namespace) -> int:
    from sahut.runtime.model_config import shown

    view = shown(made, _tenant(asked)).view
    chosen = view if asked.all else view.own
    print(json.dumps(chosen.model_dump(mode="json", exclude_none=True), indent=2))
    return 0


def _put(made: Composition, asked: argparse.Namespace) -> int:
    """1: the file is not valid; what is wrong is told by field. Whoever may write the tables may name any
    address, so none is resolved here.
    """
    from pydantic import ValidationError

    from sahut.contracts.models_api import ModelsBody
    from sahut.runtime.model_config import change, shown

    tenant = _tenant(asked)
    try:
        body = ModelsBody.model_validate_json(asked.file.read_bytes())
    except OSError as error:
        raise SystemExit(f"sahut: {asked.file}: {error.strerror}") from None
    except ValidationError as error:
        for each in error.errors():
            print(f"{'.'.join(map(str, each['loc']))}: {each['msg']}", file=sys.stderr)
        return 1
    change(made, tenant, body, shown(made, tenant).revision, body.by or "command line")
    print("functions at work follow within 30 seconds")
    return 0
