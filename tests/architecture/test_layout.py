"""The shape of the house (DESIGN §2): what a function folder holds, and that names agree."""

import ast
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = sorted(
    path for path in (ROOT / "functions").iterdir() if path.is_dir() and path.name != "__pycache__"
)
# The longest handler.py that is still nothing but wiring.
MAX_HANDLER_STATEMENTS = 5


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short tags as what they are applied to."""


def _tag(loader: yaml.SafeLoader, _suffix: str, node: yaml.Node) -> object:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    assert isinstance(node, yaml.MappingNode)
    return loader.construct_mapping(node, deep=True)


_Loader.add_multi_constructor("!", _tag)


@pytest.fixture(scope="module")
def template() -> dict[str, dict[str, dict[str, object]]]:
    loaded: dict[str, dict[str, dict[str, object]]] = yaml.load(
        (ROOT / "template.yaml").read_text(), Loader=_Loader
    )
    return loaded


@pytest.mark.parametrize("folder", FUNCTIONS, ids=lambda folder: folder.name)
def test_a_function_folder_holds_its_handler_and_its_requirements(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} - {"__pycache__"} == {"handler.py", "requirements.txt"}


@pytest.mark.parametrize("folder", FUNCTIONS, ids=lambda folder: folder.name)
def test_a_handler_is_wiring_and_nothing_else(folder: Path) -> None:
    body = ast.parse((folder / "handler.py").read_text()).body
    assert len(body) <= MAX_HANDLER_STATEMENTS
    assert ast.get_docstring(ast.parse((folder / "handler.py").read_text()))
    *imports, assignment = body[1:]
    assert all(isinstance(node, ast.ImportFrom) and str(node.module).startswith("sahut.") for node in imports)
    assert isinstance(assignment, ast.Assign)
    assert ast.unparse(assignment.targets[0]) == "handler"


def test_every_folder_is_one_function_of_the_template(
    template: dict[str, dict[str, dict[str, object]]],
) -> None:
    resources = template["Resources"].values()
    functions = [each["Properties"] for each in resources if each["Type"] == "AWS::Serverless::Function"]
    uris = sorted(str(properties["CodeUri"]) for properties in functions if isinstance(properties, dict))
    assert uris == [f"functions/{folder.name}" for folder in FUNCTIONS]


def test_every_function_has_its_own_rights_log_group_and_name(
    template: dict[str, dict[str, dict[str, object]]],
) -> None:
    for name, resource in template["Resources"].items():
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        properties = resource["Properties"]
        assert isinstance(properties, dict)
        folder = str(properties["CodeUri"]).removeprefix("functions/")
        statements = properties["Policies"][0]["Statement"]
        for statement in statements:
            resources = statement["Resource"]
            assert "*" not in (resources if isinstance(resources, list) else [resources]), (
                name,
                statement["Sid"],
            )
            assert not any(action.endswith("*") for action in statement["Action"]), (name, statement["Sid"])
        assert properties["LoggingConfig"]["LogGroup"] == f"{name.removesuffix('Function')}Logs"
        assert properties["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] == folder


@pytest.mark.parametrize(
    ("function", "bucket"),
    [
        ("Fetching", "IndexesBucket"),  # the list of addresses, before a sitemap was read
        ("Parsing", "DocumentsBucket"),  # a document that was deleted meanwhile
        ("Embedding", "IndexesBucket"),  # vectors that nobody made so far
        ("Checking", "IndexesBucket"),  # an evaluation set that the tenant never had
    ],
)
def test_who_looks_for_what_may_be_missing_is_told_so(
    template: dict[str, dict[str, dict[str, object]]], function: str, bucket: str
) -> None:
    """S3 says 403, not 404, to whoever may not list the bucket. The emulator says 404 to everybody."""
    properties: Any = template["Resources"][f"{function}Function"]["Properties"]
    statements = properties["Policies"][0]["Statement"]
    allowed = [each for each in statements if "s3:ListBucket" in each["Action"]]
    assert [each["Resource"] for each in allowed] == [f"{bucket}.Arn"]


def test_the_list_of_addresses_may_be_kept(template: dict[str, dict[str, dict[str, object]]]) -> None:
    properties: Any = template["Resources"]["FetchingFunction"]["Properties"]
    granted = {
        (action, each["Resource"])
        for each in properties["Policies"][0]["Statement"]
        for action in each["Action"]
    }
    work = "${IndexesBucket.Arn}/work/*"
    assert {("s3:GetObject", work), ("s3:PutObject", work)} <= granted


def test_every_machine_that_logs_may_do_so(template: dict[str, dict[str, dict[str, object]]]) -> None:
    """SAM doesn't add these; Step Functions refuses to make the machine without."""
    for name, resource in template["Resources"].items():
        properties: Any = resource["Properties"]
        if resource["Type"] == "AWS::Serverless::StateMachine" and "Logging" in properties:
            statements = [each for policy in properties["Policies"] for each in policy.get("Statement", ())]
            assert any("logs:CreateLogDelivery" in each["Action"] for each in statements), name


def test_each_layer_of_time_outlasts_the_one_below(template: dict[str, dict[str, dict[str, object]]]) -> None:
    names = (
        "HttpTimeoutSeconds",
        "TurnDeadlineSeconds",
        "MachineTimeoutSeconds",
        "DispatchReadTimeoutSeconds",
        "DispatchTimeoutSeconds",
        "VisibilityTimeoutSeconds",
    )
    seconds = [int(str(template["Parameters"][name]["Default"])) for name in names]
    assert seconds == sorted(set(seconds))


def test_every_queue_has_dead_letters_or_is_such_a_queue(
    template: dict[str, dict[str, dict[str, object]]],
) -> None:
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::SQS::Queue":
            properties = resource["Properties"]
            assert isinstance(properties, dict)
            assert ("RedrivePolicy" in properties) != name.endswith("DeadLetters"), name
            assert properties["MessageRetentionPeriod"] == 14 * 86_400, name
