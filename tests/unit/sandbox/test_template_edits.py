"""Each mechanical edit does what its reason asks for, and touches nothing else."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import yaml

from sandbox.asl import to_json
from sandbox.sam_local import with_values
from sandbox.template_edits import (
    Local,
    Node,
    allow_batches,
    bootstrap,
    drop_layers,
    drop_metric_math,
    edit,
    find_sockets_below_one_host,
    give_definitions_as_json,
    run_on_the_real_client,
)

DEFINITION = """
QueryLanguage: JSONata
TimeoutSeconds: ${MachineTimeoutSeconds}
StartAt: Ask
States:
  Ask:
    Type: Task
    Resource: ${AskFunctionArn}
    TimeoutSeconds: 10
    End: true
"""

TEMPLATE = """
Globals:
  Function:
    Runtime: {Ref: PythonRuntime}
    Environment: {Variables: {TABLE: t}}
Resources:
  CoreLayer: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: CoreLayer}}
  ModelLayer: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: ModelLayer}}
  AskFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: AskFunction
      Timeout: 9
      Layers: [{Fn::If: [IsArm, {Ref: OtherLayer}, {Ref: CoreLayer}]}, {Ref: ModelLayer}]
      Environment: {Variables: {SERVICE: ask, SOCKETS_URL: {Fn::Sub: "https://${SocketsApi}.aws/${Stage}"}}}
  TellFunction:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: TellFunction, Layers: [{Ref: CoreLayer}]}
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties: {DefinitionUri: ../statemachines/ask.asl.yaml}
  PlainAlarm: {Type: AWS::CloudWatch::Alarm, Properties: {MetricName: Errors}}
  MathAlarm: {Type: AWS::CloudWatch::Alarm, Properties: {Metrics: [{Id: a}]}}
"""


@pytest.fixture
def local(tmp_path: Path) -> Local:
    build = tmp_path / "build"
    (tmp_path / "statemachines").mkdir()
    (tmp_path / "statemachines" / "ask.asl.yaml").write_text(DEFINITION)
    for name in ("AskFunction", "TellFunction"):
        (build / name).mkdir(parents=True)
    (build / "template.yaml").write_text(TEMPLATE)
    return Local(build, tmp_path / "deploy", Path("/py"), "http://127.0.0.1:4566", Path("/f.json"), tmp_path)


@pytest.fixture
def template(local: Local) -> Node:
    local.target.mkdir()
    loaded: Node = yaml.safe_load(TEMPLATE)
    return loaded


def test_numbers_stay_numbers_after_substitution(tmp_path: Path) -> None:
    source = tmp_path / "ask.asl.yaml"
    source.write_text(DEFINITION)
    text = to_json(source).replace("${MachineTimeoutSeconds}", "120").replace("${AskFunctionArn}", "arn:ask")
    definition = json.loads(text)
    assert definition["TimeoutSeconds"] == 120
    assert definition["States"]["Ask"] == {
        "Type": "Task",
        "Resource": "arn:ask",
        "TimeoutSeconds": 10,
        "End": True,
    }


def test_definitions_become_json_files(template: Node, local: Local) -> None:
    edited = yaml.safe_dump(give_definitions_as_json(template, local))
    assert "DefinitionUri: ask.asl.json" in edited
    assert '"StartAt": "Ask"' in (local.target / "ask.asl.json").read_text()


def test_functions_run_on_the_real_client(template: Node, local: Local) -> None:
    edited = run_on_the_real_client(template, local)
    assert "Runtime: provided.al2023" in yaml.safe_dump(edited)
    script = local.target / "AskFunction" / "bootstrap"
    assert os.access(script, os.X_OK)
    text = script.read_text()
    build = local.build
    assert f"PYTHONPATH={build}/AskFunction:{build}/CoreLayer/python:{build}/ModelLayer/python" in text
    assert 'TABLE="$TABLE"' in text
    assert 'SERVICE="$SERVICE"' in text
    other = (local.target / "TellFunction" / "bootstrap").read_text()
    assert f"PYTHONPATH={build}/TellFunction:{build}/CoreLayer/python" in other
    assert "ModelLayer" not in other
    assert "SERVICE" not in other


def test_layers_are_dropped_and_functions_are_kept(template: Node) -> None:
    edited = drop_layers(template)
    text = yaml.safe_dump(edited)
    assert "Layer" not in text
    assert "AskFunction" in text
    assert "Timeout: 9" in text


def test_only_alarms_on_metric_math_are_dropped(template: Node) -> None:
    text = yaml.safe_dump(drop_metric_math(template))
    assert "PlainAlarm" in text
    assert "MathAlarm" not in text


def test_who_may_send_may_send_batches(template: Node) -> None:
    statement = {"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": "q"}
    functions = yaml.safe_load(TEMPLATE)
    functions["Resources"]["AskFunction"]["Properties"]["Policies"] = [{"Statement": [statement]}]
    text = yaml.safe_dump(allow_batches(functions))
    assert text.count("sqs:SendMessageBatch") == 1
    assert "sqs:" not in yaml.safe_dump(allow_batches(template))


def test_the_input_of_an_edit_is_not_changed(template: Node, local: Local) -> None:
    before = yaml.safe_dump(template)
    drop_metric_math(drop_layers(run_on_the_real_client(give_definitions_as_json(template, local), local)))
    assert yaml.safe_dump(template) == before


def test_all_edits_together_write_a_deployable_folder(local: Local) -> None:
    path = edit(local)
    edited = yaml.safe_load(path.read_text())
    resources = edited["Resources"]
    assert set(resources) == {"AskFunction", "TellFunction", "Machine", "PlainAlarm"}
    assert (path.parent / resources["AskFunction"]["Properties"]["CodeUri"] / "bootstrap").exists()
    assert (path.parent / resources["Machine"]["Properties"]["DefinitionUri"]).exists()


def test_a_function_sees_its_own_variables_and_no_others(tmp_path: Path) -> None:
    """Runs a bootstrap whose `python` prints what it was given."""
    folder = tmp_path / "odd 'name"
    folder.mkdir()
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\n/usr/bin/env; pwd\n")
    fake.chmod(0o755)
    local = Local(tmp_path, tmp_path, fake, "http://127.0.0.1:1", tmp_path / "faults.json", tmp_path)
    script = tmp_path / "bootstrap"
    script.write_text(bootstrap(local, [folder], ["MINE"]))
    given = {"MINE": "a b", "SECRET_OF_THE_HOST": "x", "_HANDLER": "handler.handler"}
    shown = subprocess.run(["/bin/sh", script], env=given, capture_output=True, text=True, check=True).stdout
    assert "MINE=a b\n" in shown
    assert "_HANDLER=handler.handler\n" in shown
    assert "AWS_ENDPOINT_URL=http://127.0.0.1:1\n" in shown
    assert "SECRET_OF_THE_HOST" not in shown
    assert shown.endswith(f"{folder}\n")


def test_sam_local_gets_the_deployed_variables_and_absolute_paths(local: Local) -> None:
    deployed = {"AskFunction": {"TABLE": "real", "SERVICE": "ask"}, "TellFunction": {"TABLE": "real"}}
    loaded: Node = yaml.safe_load(TEMPLATE)
    text = yaml.safe_dump(with_values(loaded, local.build, deployed, "http://127.0.0.1:4566"))
    resources = yaml.safe_load(text)["Resources"]
    assert resources["AskFunction"]["Properties"]["CodeUri"] == str(local.build / "AskFunction")
    assert resources["CoreLayer"]["Properties"]["ContentUri"] == str(local.build / "CoreLayer")
    assert resources["TellFunction"]["Properties"]["Environment"]["Variables"] == {
        "TABLE": "real",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
    }


def test_the_sockets_address_is_the_emulators(template: Node, local: Local) -> None:
    resources = yaml.safe_load(yaml.safe_dump(find_sockets_below_one_host(template, local)))["Resources"]
    variables = resources["AskFunction"]["Properties"]["Environment"]["Variables"]
    url = "http://127.0.0.1:4566/_aws/execute-api/${SocketsApi}/${Stage}"
    assert variables == {"SERVICE": "ask", "SOCKETS_URL": {"Fn::Sub": url}}
    assert resources["TellFunction"] == template["Resources"]["TellFunction"]  # type: ignore[index,call-overload]
