"""A model that looks an order up, and one that may only cancel it after the customer's yes."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

from sahut.plugins.jira import jira_lookup
from sandbox.model_api import Asked, Say, ToolCall, model_api
from sandbox.orders.service import Orders, load, serving
from sandbox.orders.tools import SECRET, bodies
from sandbox.stack import Stack
from sandbox.tenants import SEED_DATA
from tests.e2e.test_model_config import call
from tests.e2e.webchat import Visitor, open_shop
from tests.handlers.test_jira import jira

KEY = "the order service's key"
STATUS = "Pesanan 4711 sedang dikirim dengan JNE, perkiraan tiba 3 Juni 2026"


def thinks(asked: Asked) -> Say:
    """Looks the order up, or cancels it, and tells what was said by its number."""
    if asked.messages[-1].role == "tool":
        found = re.search(r"passage \[(\d+)\]", asked.last)
        return Say(f"{STATUS} [{found[1]}]." if found and "JNE" in asked.last else "NO_ANSWER")
    # The passages speak of orders too: only what the customer wrote counts.
    wrote = re.search(r"(nomor|[Bb]atalkan pesanan) (47\d\d)", asked.last)
    assert wrote is not None
    wish = "order_status" if wrote[1] == "nomor" else "cancel_order"
    return Say(tool_calls=(ToolCall(wish, {"order_id": wrote[2]}),))


@contextmanager
def shop(stack: Stack) -> Iterator[tuple[Visitor, Orders]]:
    orders = load(SEED_DATA / "toko-melati" / "orders.yaml", KEY)
    with serving(orders) as url, model_api(thinks) as api:
        chat = open_shop(stack, [api.candidate("asking")], {**api.secrets, SECRET: KEY})
        for name, body in bodies(url).items():
            put = call(chat, "PUT", f"/v1/config/tools/{name}", body)
            assert put.status == 200, put.text
        yield chat.visitor(), orders
        assert api.refused == []


def test_a_customer_gets_the_status_of_an_order_with_its_source(stack: Stack) -> None:
    with shop(stack) as (visitor, orders):
        visitor.writes("Pesanan saya nomor 4711 sudah sampai mana?")
        visitor.rests()
        (reply,) = [each for each in visitor.read if each["from"] == "machine"]
        assert STATUS in str(reply["text"])
        assert reply["citations"] == [{"number": 1, "title": "Status pesanan", "uri": "", "page": 0}]
        (turn,) = visitor.turns
        assert [(method, number) for method, number, _ in orders.asked] == [("GET", "4711")]
        assert orders.asked[0][2] == f"{turn.ref.turn_id}-t01r01c01"


def test_an_order_is_cancelled_once_and_only_after_the_yes(stack: Stack) -> None:
    with shop(stack) as (visitor, orders):
        visitor.writes("Tolong batalkan pesanan 4712 saya.")
        visitor.rests()
        assert "Batalkan pesanan (order id 4712)? Balas ya atau tidak." in str(visitor.read[-1]["text"])
        assert orders.asked == []
        visitor.writes("ya")
        visitor.rests()
        assert "Sudah dilakukan: Batalkan pesanan (order id 4712)" in str(visitor.read[-1]["text"])
        assert {(method, number) for method, number, _ in orders.asked} == {("DELETE", "4712")}
        assert len(orders.asked) == 1
        assert orders.by_number["4712"]["status"] == "dibatalkan"


def reads_a_ticket(asked: Asked) -> Say:
    if asked.messages[-1].role != "tool":
        return Say(tool_calls=(ToolCall("jira_issue", {"issue": "SHOP-123"}),))
    return Say("Tiket SHOP-123 sudah berstatus In Progress [1]." if "Progress" in asked.last else "NO_ANSWER")


def test_a_plug_in_is_a_function_with_a_secret_of_the_tenant(stack: Stack) -> None:
    with jira() as url, model_api(reads_a_ticket) as api:
        access = json.dumps({"base_url": url, "user": "bot@shop.example", "token": "t0ken"})
        chat = open_shop(stack, [api.candidate("asking")], {**api.secrets, "tools/jira": access})
        plug_in = jira_lookup.definition("shared/jira_lookup", "Tiket") | {"timeout_s": 10.0}
        put = call(chat, "PUT", "/v1/config/tools/jira_issue", plug_in)
        assert put.status == 200, put.text
        visitor = chat.visitor()
        visitor.writes("SHOP-123 sudah sampai mana?")
        visitor.rests()
        assert api.refused == []
    (turn,) = visitor.turns
    assert [(use.name, str(use.outcome)) for use in turn.tools] == [("jira_issue", "done")]
    assert "In Progress" in turn.tools[0].result
