"""The fake Graph API over HTTP: tokens, windows, media, statuses, and customers who write."""

import time
from collections.abc import Iterator

import pytest

from sandbox.graph_api.testing import SARI, SHOP, Driver, code_of, eventually, running_fake, text_body


@pytest.fixture
def graph() -> Iterator[Driver]:
    with running_fake() as driver:
        yield driver


def _posting(told: dict[str, object]) -> dict[str, object]:
    postings = told["webhooks"]
    assert isinstance(postings, list)
    (posting,) = postings
    assert isinstance(posting, dict)
    return posting


def test_an_accepted_message_is_answered_as_by_meta(graph: Driver) -> None:
    body = text_body("Halo", biz_opaque_callback_data="turn-1#1")
    answer = graph.send(body)
    assert answer.status_code == 200
    message_id = answer.json()["messages"][0]["id"]
    assert answer.json() == {
        "messaging_product": "whatsapp",
        "contacts": [{"input": SARI, "wa_id": SARI}],
        "messages": [{"id": message_id}],
    }
    (entry,) = graph.outbox()
    assert entry.pop("at") == pytest.approx(time.time(), abs=5)
    assert entry == {
        "phone_number_id": SHOP,
        "to": SARI,
        "type": "text",
        "body": "Halo",
        "id": message_id,
        "biz_opaque_callback_data": "turn-1#1",
        "raw": body,
    }


def test_a_message_to_a_user_id_keeps_its_recipient(graph: Driver) -> None:
    answer = graph.send(text_body(recipient="ID.7411"))
    assert answer.json()["contacts"] == [{"input": "ID.7411", "user_id": "ID.7411"}]
    (entry,) = graph.outbox()
    assert (entry["recipient"], "to" in entry) == ("ID.7411", False)
    eventually(lambda: len(graph.product.all("statuses")) == 3)
    status = graph.product.all("statuses")[0]
    assert (status["recipient_user_id"], "recipient_id" in status) == ("ID.7411", False)


def test_the_outbox_is_oldest_first_and_can_be_cleared(graph: Driver) -> None:
    for words in ("one", "two", "three"):
        graph.send(text_body(words))
    graph.send(text_body("four") | {"to": "447700900123"})
    assert [one["body"] for one in graph.outbox()] == ["one", "two", "three", "four"]
    assert [one["body"] for one in graph.http.get("/outbox?to=%2B447700900123").json()] == ["four"]
    assert graph.http.delete("/outbox").json() == {"cleared": 4}
    assert graph.outbox() == []


@pytest.mark.parametrize(("number", "token"), [(SHOP, "bank-token"), (SHOP, ""), ("999", "shop-token")])
def test_a_wrong_token_is_refused(graph: Driver, number: str, token: str) -> None:
    answer = graph.send(number=number, token=token)
    assert (answer.status_code, code_of(answer)) == (401, 190)
    assert graph.outbox() == []
    assert [one["code"] for one in graph.http.get("/refused").json()] == [190]


def test_a_body_that_is_no_json_and_a_path_without_version(graph: Driver) -> None:
    headers = {"Authorization": "Bearer shop-token"}
    broken = graph.http.post(f"/v23.0/{SHOP}/messages", content=b"{", headers=headers)
    assert (broken.status_code, code_of(broken)) == (400, 100)
    assert graph.http.post(f"/latest/{SHOP}/messages", json=text_body(), headers=headers).status_code == 404


def test_receipts_are_kept_apart(graph: Driver) -> None:
    receipt = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.in"}
    answer = graph.send(receipt | {"typing_indicator": {"type": "text"}})
    assert answer.json() == {"success": True}
    assert graph.outbox() == []
    (kept,) = graph.http.get("/receipts").json()
    assert (kept["message_id"], kept["typing"]) == ("wamid.in", True)


# The 24-hour window


def test_the_window_of_a_stranger_is_open(graph: Driver) -> None:
    assert graph.send().status_code == 200


def test_a_closed_window_refuses_all_but_templates(graph: Driver) -> None:
    graph.close_window(f"+{SARI}")
    assert code_of(graph.send()) == 131047
    template = {"name": "back_soon", "language": {"code": "id"}}
    body = {"messaging_product": "whatsapp", "to": SARI, "type": "template", "template": template}
    assert graph.send(body).status_code == 200


def test_a_customer_who_writes_opens_the_window_unless_it_is_pinned(graph: Driver) -> None:
    graph.close_window()
    graph.write({"text": "hi"})
    assert graph.send().status_code == 200
    graph.close_window(pin=True)
    graph.write({"text": "hi again"})
    assert code_of(graph.send()) == 131047


def test_a_message_of_yesterday_opens_nothing(graph: Driver) -> None:
    graph.write({"text": "late", "at": time.time() - 25 * 3600})
    assert code_of(graph.send()) == 131047


def test_phone_and_user_id_share_one_window(graph: Driver) -> None:
    graph.write({"text": "hi"}, customer={"phone": SARI, "user_id": "ID.7411"})
    graph.close_window()
    assert code_of(graph.send(text_body(recipient="ID.7411"))) == 131047


# Webhooks


def test_statuses_come_signed_in_order_with_the_callback_data(graph: Driver) -> None:
    graph.send(text_body(biz_opaque_callback_data="turn-1#1"))
    eventually(lambda: len(graph.product.all("statuses")) == 3)
    assert graph.product.states() == ["sent", "delivered", "read"]
    assert {one["biz_opaque_callback_data"] for one in graph.product.all("statuses")} == {"turn-1#1"}
    assert graph.product.unsigned == 0


def test_a_webhook_is_tried_again_until_200(graph: Driver) -> None:
    graph.product.answers = [503, 500]
    told = graph.write({"text": "hi", "id": "wamid.in"})
    posting = _posting(told)
    assert told["ids"] == ["wamid.in"]
    assert (posting["attempts"], posting["state"], posting["http_status"]) == (3, "ok", 200)
    assert [one["id"] for one in graph.product.all("messages")] == ["wamid.in"] * 3


def test_a_batch_is_one_post_and_copies_are_the_same_bytes(graph: Driver) -> None:
    other = {"user_id": "ID.7411", "username": "ayu"}
    graph.write({"text": "a"}, {"text": "b", "customer": other}, copies=2)
    posts = graph.product.posts
    assert len(posts) == 2
    assert posts[0] == posts[1]
    assert [one.get("from") for one in graph.product.all("messages")[:2]] == [SARI, None]


@pytest.mark.parametrize("signature", ["bad", "none"])
def test_wrong_signatures_on_request(graph: Driver, signature: str) -> None:
    posting = _posting(graph.write({"text": "hi"}, signature=signature))
    assert (posting["http_status"], posting["attempts"], graph.product.unsigned) == (401, 1, 1)


KINDS = (
    *("text", "image", "video", "audio", "document", "sticker", "reaction", "edit", "revoke"),
    *("location", "contacts", "order", "button", "button_reply", "list_reply", "nfm_reply"),
    *("request_welcome", "user_changed_number", "user_changed_user_id", "unsupported"),
    *("echo", "status", "user_id_update", "errors", "field", "hologram"),
)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_sent(graph: Driver, kind: str) -> None:
    graph.write({"kind": kind, "text": "words", "target_id": "wamid.0", "choice_id": "yes"})
    (post,) = graph.product.posts
    assert post["object"] == "whatsapp_business_account"


@pytest.mark.parametrize("wrong", [{"customer": {}}, {"messages": []}, {"nonsense": 1}])
def test_a_control_request_with_mistakes_is_refused_in_words(graph: Driver, wrong: dict[str, object]) -> None:
    order = {"phone_number_id": SHOP, "customer": {"phone": SARI}, "messages": [{"text": "hi"}]}
    answer = graph.http.post("/control/inbound", json=order | wrong)
    assert answer.status_code == 400
    assert answer.json()["errors"]


def test_the_address_of_the_product_may_come_later(graph: Driver) -> None:
    graph.http.post("/control/config", json={"webhook_url": ""})
    graph.write({"text": "nobody hears it"})
    graph.http.post("/control/config", json={"webhook_url": "http://elsewhere.test/hook"})
    graph.write({"text": "somebody does"})
    assert len(graph.product.posts) == 1


# Media


def test_media_needs_the_token_and_expires(graph: Driver) -> None:
    headers = {"Authorization": "Bearer bank-token"}
    pdf = {"Content-Type": "application/pdf"}
    file = graph.http.post("/phone/media", content=b"%PDF", headers=pdf).json()
    graph.write({"kind": "document", "media_id": file["id"]})
    document = graph.product.all("messages")[0]["document"]
    assert isinstance(document, dict)
    assert (document["id"], document["mime_type"]) == (file["id"], "application/pdf")
    assert graph.http.get(f"/v23.0/{file['id']}").status_code == 401
    found = graph.http.get(f"/v23.0/{file['id']}", headers=headers).json()
    assert (found["mime_type"], found["file_size"], found["sha256"]) == ("application/pdf", 4, file["sha256"])
    assert graph.http.get(found["url"]).status_code == 401
    assert graph.http.get(found["url"], headers=headers).content == b"%PDF"
    graph.http.post("/control/media", json={"media_id": file["id"]})
    assert code_of(graph.http.get(f"/v23.0/{file['id']}", headers=headers)) == 100
    assert graph.http.get(found["url"], headers=headers).status_code == 404


# What the phone page reads


def _chat(graph: Driver, version: int = -1) -> dict[str, object]:
    asked: dict[str, str | int] = {"phone_number_id": SHOP, "contact": SARI, "version": version}
    found: dict[str, object] = graph.http.get("/phone/state", params=asked).json()
    return found


def test_the_phone_shows_ticks_edits_and_replies(graph: Driver) -> None:
    graph.write({"text": "Where is it", "id": "wamid.q"})
    graph.write({"kind": "edit", "target_id": "wamid.q", "text": "Where is my order?"})
    receipt = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.q"}
    graph.send(receipt | {"typing_indicator": {"type": "text"}})
    assert _chat(graph)["typing"] is True
    graph.send(text_body("On its way [1]", context={"message_id": "wamid.q"}))
    eventually(lambda: len(graph.product.all("statuses")) == 3)
    chat = _chat(graph)
    bubbles = chat["bubbles"]
    assert isinstance(bubbles, list)
    shown = [(one["side"], one["text"], one["state"], one["edited"]) for one in bubbles]
    assert shown == [
        ("customer", "Where is my order?", "read", True),
        ("business", "On its way [1]", "read", False),
    ]
    assert (chat["typing"], bubbles[1]["quoted_id"]) == (False, "wamid.q")
    assert "bubbles" not in _chat(graph, version=int(str(chat["version"])))


def test_a_deleted_message_and_a_reaction(graph: Driver) -> None:
    graph.write({"text": "oops", "id": "wamid.a"})
    graph.write({"kind": "revoke", "target_id": "wamid.a"})
    sent = graph.send().json()["messages"][0]["id"]
    graph.write({"kind": "reaction", "target_id": sent, "emoji": "👍"})
    bubbles = _chat(graph)["bubbles"]
    assert isinstance(bubbles, list)
    assert (bubbles[0]["deleted"], bubbles[1]["reaction"]) == (True, "👍")


@pytest.mark.parametrize("path", ["/", "/phone", "/shop/shop", "/phone/directory", "/phone/log"])
def test_pages_are_served(graph: Driver, path: str) -> None:
    answer = graph.http.get(path)
    assert answer.status_code == 200
    assert "{{" not in answer.text


def test_pages_forbid_inline_code(graph: Driver) -> None:
    policy = graph.http.get("/shop/shop").headers["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert "connect-src 'self' http://product.test ws://product.test;" in policy


def test_an_unknown_shop(graph: Driver) -> None:
    assert graph.http.get("/shop/bank").status_code == 404


def test_reset_forgets_everything(graph: Driver) -> None:
    graph.write({"text": "hi"})
    graph.send()
    graph.fault("500")
    graph.http.post("/control/reset")
    assert graph.outbox() == []
    assert graph.http.get("/faults").json() == {"faults": [], "log": []}
