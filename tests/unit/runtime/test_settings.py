"""The environment is read once, and everything that is wrong with it is told at once."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from sahut.runtime.settings import MissingSettings, Settings, read_settings

TEMPLATE = Path(__file__).resolve().parents[3] / "template.yaml"


def test_every_missing_name_is_in_one_error() -> None:
    settings = read_settings({"LOGS_TABLE": "logs"})
    settings.need("logs_table")
    with pytest.raises(MissingSettings) as raised:
        settings.need("conversations_table", "logs_table", "settle_queue_url", "secrets_prefix")
    assert raised.value.names == ["CONVERSATIONS_TABLE", "SETTLE_QUEUE_URL", "SECRETS_PREFIX"]
    assert all(name in str(raised.value) for name in raised.value.names)


def test_an_empty_value_is_a_missing_one() -> None:
    with pytest.raises(MissingSettings):
        read_settings({"LOGS_TABLE": ""}).need("logs_table")


def test_every_number_that_is_none_is_in_one_error() -> None:
    with pytest.raises(ValueError, match="not numbers") as raised:
        read_settings({"TURN_DEADLINE_S": "soon", "HTTP_TIMEOUT_S": "1O", "SETTLE_DELAY_S": "60"})
    assert "TURN_DEADLINE_S" in str(raised.value)
    assert "HTTP_TIMEOUT_S" in str(raised.value)
    assert "SETTLE_DELAY_S" not in str(raised.value)
    assert "soon" not in str(raised.value)


def test_names_are_the_environments_in_lower_case() -> None:
    source = {each.name.upper(): "7" for each in fields(Settings)}
    read = read_settings(source)
    for each in fields(Settings):
        assert getattr(read, each.name) == (7.0 if each.name.endswith("_s") else "7")


def test_only_our_own_names_are_read() -> None:
    assert read_settings({"AWS_SECRET_ACCESS_KEY": "x", "PATH": "/bin"}) == Settings()


class _Template(yaml.SafeLoader):
    """CloudFormation's short forms as nothing: only names are of interest here."""


_Template.add_multi_constructor("!", lambda loader, suffix, node: suffix)


def test_the_template_gives_every_setting_and_no_unknown_one() -> None:
    template = yaml.load(TEMPLATE.read_text(), _Template)
    given = set(template["Globals"]["Function"]["Environment"]["Variables"])
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            given |= set(resource["Properties"].get("Environment", {}).get("Variables", {}))
    ours = {name for name in given if not name.startswith(("POWERTOOLS_", "LOG_LEVEL", "AWS_", "PYTHON"))}
    by_lambda = {"AWS_REGION"}  # in every function's environment, whatever the template says
    assert ours | by_lambda == {each.name.upper() for each in fields(Settings)}
