"""A tenant's guardrail settings, read from moto's DynamoDB."""

from collections.abc import Callable, Iterator

import pytest

from sahut.adapters.dynamodb import keys
from sahut.adapters.dynamodb.registry import Registry
from sahut.adapters.dynamodb.table import Tables
from sahut.adapters.dynamodb.wire import to_item
from sahut.domain.profile import Profile
from sahut.domain.scope import Topic
from sahut.domain.tenant import TenantId
from tests.unit.once_table import once_table

TENANT = TenantId("klinik-sehat")


@pytest.fixture
def read() -> Iterator[Callable[..., Profile]]:
    with once_table() as client:

        def profile(**fields: object) -> Profile:
            item = {**keys.profile(TENANT).as_item(), "name": "Klinik Sehat", **fields}
            client.put_item(TableName="once", Item=to_item(item))  # type: ignore[arg-type]
            return Registry(Tables(client), "once", clock=lambda: 0.0).profile(TENANT)

        yield profile


def test_without_settings_nothing_is_tokenised_and_no_topic_is_ones_own(read: Callable[..., Profile]) -> None:
    profile = read()
    assert profile.tokenise_pii is False
    assert profile.own_topics == frozenset()


def test_settings_are_read(read: Callable[..., Profile]) -> None:
    profile = read(tokenise_pii=True, own_topics=["medical_advice"])
    assert profile.tokenise_pii is True
    assert profile.own_topics == {Topic.MEDICAL_ADVICE}


def test_a_topic_that_does_not_exist_is_refused(read: Callable[..., Profile]) -> None:
    with pytest.raises(ValueError, match="gardening"):
        read(own_topics=["gardening"])
