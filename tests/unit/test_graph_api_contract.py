"""The fake and the product agree: the product's parser understands every kind that the fake sends."""

import json
from collections.abc import Iterator

import pytest

from sahut.contracts.whatsapp.webhook import parse_webhook
from sahut.domain.message import ChannelBatch, MessageKind
from sandbox.graph_api.testing import SARI, SHOP, Driver, running_fake

# What the fake calls a kind: what the product makes of it.
KINDS = {
    **{kind.value: kind for kind in MessageKind if kind is not MessageKind.SYSTEM},
    "user_changed_number": MessageKind.SYSTEM,
    "user_changed_user_id": MessageKind.SYSTEM,
    "button_reply": MessageKind.INTERACTIVE,
    "list_reply": MessageKind.INTERACTIVE,
    "nfm_reply": MessageKind.INTERACTIVE,
    "hologram": MessageKind.UNKNOWN,
}


@pytest.fixture
def graph() -> Iterator[Driver]:
    with running_fake() as driver:
        yield driver


def _parsed(graph: Driver) -> ChannelBatch:
    (post,) = graph.product.posts
    (batch,) = parse_webhook(json.dumps(post).encode(), received_at=1.0)
    assert (batch.channel_key, batch.refused) == (SHOP, ())
    return batch


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_understood(graph: Driver, kind: str) -> None:
    who = {"phone": SARI, "user_id": "ID.7411", "name": "Sari"}
    graph.write({"kind": kind, "id": "wamid.1", "text": "words", "target_id": "wamid.0"}, customer=who)
    (message,) = _parsed(graph).messages
    assert (message.provider_id, message.kind) == ("wamid.1", KINDS[kind])
    assert message.contact.aliases == ("user:ID.7411", f"phone:{SARI}")


def test_a_status_brings_its_callback_data_and_error(graph: Driver) -> None:
    failed = {"state": "failed", "callback_data": "turn#1", "error_code": 131026}
    graph.write({"kind": "status", "target_id": "wamid.9"} | failed)
    (status,) = _parsed(graph).statuses
    assert (status.provider_id, status.callback_data, status.error_code) == ("wamid.9", "turn#1", 131026)


def test_a_changed_user_id_is_a_notice_with_both_ids(graph: Driver) -> None:
    graph.write({"kind": "user_id_update", "target_id": "ID.1"}, customer={"phone": SARI, "user_id": "ID.2"})
    (notice,) = _parsed(graph).notices
    assert (notice.old_user_id, notice.new_user_id) == ("ID.1", "ID.2")


@pytest.mark.parametrize("kind", ["errors", "field"])
def test_news_about_the_account_are_notices(graph: Driver, kind: str) -> None:
    graph.write({"kind": kind, "content": {"phone_number_id": SHOP}})
    (post,) = graph.product.posts
    batches = parse_webhook(json.dumps(post).encode(), received_at=1.0)
    assert [len(batch.notices) for batch in batches] == [1]
