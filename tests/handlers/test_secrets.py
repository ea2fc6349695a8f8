"""Where a tenant's secrets lie: SSM unless their name says Secrets Manager."""

from __future__ import annotations

import boto3
import pytest

from sahut.adapters.ssm.secrets import CACHE_S, SecretMissing
from sahut.domain.errors import NotFound
from sahut.domain.tenant import TenantId
from tests.handlers.conftest import SHOP, World

NAME = "/sahut/test/tenants/shop/models/small"
MANAGED = "secretsmanager:models/small"


def test_a_key_lies_where_its_name_says(world: World) -> None:
    boto3.client("ssm").put_parameter(Name=NAME, Value="of SSM", Type="SecureString")
    boto3.client("secretsmanager").create_secret(Name=NAME, SecretString="of Secrets Manager")
    secrets = world.made.secrets
    for _ in range(2):  # the second time from memory: the two are not mixed up there
        assert secrets.of(SHOP, "models/small") == "of SSM"
        assert secrets.of(SHOP, MANAGED) == "of Secrets Manager"


def test_one_is_no_stand_in_for_the_other(world: World) -> None:
    boto3.client("ssm").put_parameter(Name=NAME, Value="of SSM", Type="SecureString")
    with pytest.raises(SecretMissing):
        world.made.secrets.of(SHOP, MANAGED)


def test_a_rotated_key_holds_five_minutes_later(world: World) -> None:
    manager = boto3.client("secretsmanager")
    manager.create_secret(Name=NAME, SecretString="old")
    assert world.made.secrets.of(SHOP, MANAGED) == "old"
    manager.put_secret_value(SecretId=NAME, SecretString="new")
    world.now += CACHE_S - 1
    assert world.made.secrets.of(SHOP, MANAGED) == "old"
    world.now += 1
    assert world.made.secrets.of(SHOP, MANAGED) == "new"


def test_what_is_no_text_or_another_tenants_is_missing(world: World) -> None:
    manager = boto3.client("secretsmanager")
    manager.create_secret(Name=NAME, SecretBinary=b"\x00")
    with pytest.raises(NotFound, match="models/small"):
        world.made.secrets.of(SHOP, MANAGED)
    manager.put_secret_value(SecretId=NAME, SecretString="the shop's")
    with pytest.raises(NotFound):
        world.made.secrets.of(TenantId("bank"), MANAGED)
