"""What a function loads while it starts, each in a fresh interpreter, as a cold start is."""

import subprocess
import sys

import pytest


def after(setup: str, asked: str) -> str:
    """What `asked` is, as text, once `setup` has run."""
    command = [sys.executable, "-c", f"{setup}\nprint({asked})"]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    return result.stdout.strip()


@pytest.mark.parametrize("stage", ["gather", "route", "deliver"])
def test_a_stage_starts_with_its_sdk_and_without_what_it_never_uses(stage: str) -> None:
    setup = f"import sys; from sahut.runtime.preload import preload; preload({stage!r})"
    unused = ["boto3", "s3transfer", "fastapi", "openai", "sahut.contracts.chat", "sahut.contracts.whatsapp"]

    assert after(setup, f"[name for name in {unused} if name in sys.modules]") == "[]"
    assert after(setup, "'botocore.client' in sys.modules") == "True"


def test_garbage_is_collected_again_once_everything_is_loaded() -> None:
    setup = "import gc; from sahut.runtime.preload import preload; preload('gather')"

    assert after(setup, "gc.isenabled() and gc.get_freeze_count() > 0") == "True"


def test_ingress_starts_without_building_what_describes_an_api() -> None:
    setup = "import sahut.runtime.ingress_app, fastapi.openapi.models as described, pydantic"

    assert after(setup, "described.OpenAPI.__pydantic_complete__") == "False"
    assert (
        after(setup, "described.OpenAPI(openapi='3', info={'title': 't', 'version': '1'}).info.title") == "t"
    )
    assert after(setup, "pydantic.BaseModel.model_config") == "{}"


MODELS = """
import sys, time
from sahut.domain.models import EXTRACTIVE, Candidate, Models, Provider, Scenario
from sahut.domain.tenant import TenantId
from sahut.runtime.bootstrap import Composition
from sahut.runtime.models import ModelClients
from sahut.runtime.preload import preload
from sahut.runtime.settings import Settings
from sahut.stages.prompting import AnswerRequest
from sahut.stages.write_answer import Writing, write_answer
preload("generate")
clients = ModelClients(Composition(Settings(once_table="once")))
dear = Candidate(Provider.COMPATIBLE, "dear", model="m", base_url="http://127.0.0.1:9/v1", languages=("id",))
models = Models({Scenario.ANSWER: (dear,)})
request = AnswerRequest("What does CHAPS cost?", "en", (), (), "Northwind", time.time() + 60)
needs = Writing(lambda _: models, clients.chat, clients.trying)
written = write_answer(TenantId("northwind"), request, needs)
"""
_HEAVY = ["openai", "httpx2", "boto3", "aws_lambda_powertools.utilities.circuit_breaker"]


def test_a_model_that_is_not_reached_costs_no_cold_start() -> None:
    """Neither its client nor its circuit is loaded: here its turn never comes, for another language."""
    told = f"(written.answer.model, [name for name in {_HEAVY} if name in sys.modules])"
    assert after(MODELS, told) == "('extractive', [])"
    reached = "(clients.chat(TenantId('northwind'), dear).candidate.name, 'openai' in sys.modules)"
    assert after(MODELS, reached) == "('dear', False)", "not before it is asked"
