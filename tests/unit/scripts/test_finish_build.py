"""What a release leaves out of the packages it ships, and that what is left still works."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from threading import Thread

import pytest

from scripts.finish_build import UNUSED_FAMILIES, finish

_ANSWER = {
    "choices": [{"message": {"role": "assistant", "content": "A letter costs £12. [1]"}}],
    "text": "how much is a letter",
}
_ASK = """
import sys, time, openai
from dataclasses import replace
from sahut.adapters.llm.openai_compatible import OpenAICompatible
from sahut.adapters.llm.speech import OpenAISpeech
from sahut.domain.models import Candidate, Provider
from sahut.ports.chat_model import ChatMessage, ChatRequest

candidate = Candidate(Provider.COMPATIBLE, "m", base_url=sys.argv[1], model="m")
model = OpenAICompatible(candidate, lambda: "", time.time)
request = ChatRequest((ChatMessage("user", "How much is a letter?"),), time.time() + 30)
print(openai.__file__, model.complete(request).text)
azure = replace(candidate, provider=Provider.AZURE, api_version="2024-10-21")
print(OpenAICompatible(azure, lambda: "", time.time).complete(request).text)
speech = OpenAISpeech(candidate, lambda: "", time.time)
print(speech.transcribe(b"OggS", "audio/ogg", "", request.deadline).text)
"""


class _Model(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        body = json.dumps(_ANSWER).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def model_url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Model) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()


def test_openai_answers_without_the_families_of_its_api_that_nobody_asks(
    tmp_path: Path, model_url: str
) -> None:
    spec = find_spec("openai")
    assert spec is not None
    assert spec.origin is not None
    function = tmp_path / "GenerationFunction"
    shutil.copytree(
        Path(spec.origin).parent, function / "openai", ignore=shutil.ignore_patterns("__pycache__")
    )
    shipped = {family for family in UNUSED_FAMILIES if (function / "openai" / "resources" / family).is_dir()}
    assert shipped == set(UNUSED_FAMILIES), "openai no longer has all of them: shorten the list"

    finish(tmp_path, byte_code=False)

    left = {
        path.name for part in ("lib", "resources", "types") for path in (function / "openai" / part).iterdir()
    }
    assert left.isdisjoint(UNUSED_FAMILIES)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(function), *sys.path])}
    command = [sys.executable, "-c", _ASK, model_url]
    said = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    letter = "A letter costs £12. [1]"
    assert said.splitlines() == [
        f"{function / 'openai' / '__init__.py'} {letter}",
        letter,
        "how much is a letter",
    ]


def test_what_the_layer_ships_in_the_same_version_lies_in_no_function(tmp_path: Path) -> None:
    for folder in ("CoreLayer/python", "IngressFunction"):
        for version, package in (("1.0", "same"), ("2.0" if "Core" in folder else "2.1", "other")):
            info = tmp_path / folder / f"{package}-{version}.dist-info"
            info.mkdir(parents=True)
            (info / "RECORD").write_text(f"{package}/__init__.py,,\n{info.name}/RECORD,,\n")
            (tmp_path / folder / package).mkdir()
            (tmp_path / folder / package / "__init__.py").touch()

    finish(tmp_path)

    assert {path.name for path in (tmp_path / "IngressFunction").iterdir()} == {
        "other",
        "other-2.1.dist-info",
    }
    assert list((tmp_path / "IngressFunction" / "other" / "__pycache__").iterdir())
