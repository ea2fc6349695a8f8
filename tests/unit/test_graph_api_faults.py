"""Faults on order: each does what its name says, for the calls it is meant for, and is counted."""

import time
from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from sandbox.graph_api.faults import Call, FaultBook, FaultOrder, Match
from sandbox.graph_api.testing import SARI, SHOP, Driver, code_of, eventually, running_fake, text_body


@pytest.fixture
def graph() -> Iterator[Driver]:
    with running_fake() as driver:
        yield driver


@pytest.mark.parametrize(
    ("do", "status", "code"),
    [("429", 429, 130429), ("coded:131056", 400, 131056), ("coded:131016", 500, 131016)],
)
def test_a_coded_refusal_sends_nothing(graph: Driver, do: str, status: int, code: int) -> None:
    graph.fault(do)
    answer = graph.send()
    assert (answer.status_code, code_of(answer), graph.outbox()) == (status, code, [])
    assert graph.send().status_code == 200


@pytest.mark.parametrize(
    ("do", "status", "accepted"),
    [
        ("500", 500, 0),
        ("accept_then_500", 500, 1),
        ("timeout_before", 504, 0),
        ("accept_then_timeout", 504, 1),
    ],
)
def test_uncertain_ends_have_no_code(graph: Driver, do: str, status: int, accepted: int) -> None:
    graph.fault(do)
    answer = graph.send()
    assert (answer.status_code, len(graph.outbox())) == (status, accepted)
    assert "error" not in answer.text or "text/html" in answer.headers["content-type"]
    eventually(lambda: len(graph.product.states()) == 3 * accepted)


def test_a_delay_holds_the_answer_back(graph: Driver) -> None:
    graph.fault("delay:0.15")
    began = time.monotonic()
    assert graph.send().status_code == 200
    assert time.monotonic() - began >= 0.15


@pytest.mark.parametrize(
    ("do", "states"),
    [
        ("status_reversed", ["read", "delivered", "sent"]),
        ("duplicate_status", ["sent", "sent", "delivered", "delivered", "read", "read"]),
        ("failed_after_200:131026", ["failed"]),
        ("status_late:0.1", ["sent", "delivered", "read"]),
    ],
)
def test_faults_of_the_statuses(graph: Driver, do: str, states: list[str]) -> None:
    graph.fault(do)
    assert graph.send(text_body(biz_opaque_callback_data="turn#1")).status_code == 200
    eventually(lambda: len(graph.product.states()) == len(states))
    assert graph.product.states() == states


def test_a_failure_tells_its_code(graph: Driver) -> None:
    graph.fault("failed_after_200:131026")
    graph.send()
    eventually(lambda: graph.product.all("statuses"))
    errors = graph.product.all("statuses")[0]["errors"]
    assert isinstance(errors, list)
    assert errors[0]["code"] == 131026


def test_status_never(graph: Driver) -> None:
    graph.fault("status_never")
    graph.send()
    graph.send()  # the fault is used up: these statuses come
    eventually(lambda: len(graph.product.states()) == 3)
    time.sleep(0.05)
    assert len(graph.product.states()) == 3


def test_a_fault_of_the_call_and_one_of_the_statuses_act_together(graph: Driver) -> None:
    graph.fault("accept_then_timeout")
    graph.fault("failed_after_200:131026")
    assert graph.send().status_code == 504
    eventually(lambda: graph.product.states() == ["failed"])


def test_refused_requests_use_no_fault_up(graph: Driver) -> None:
    graph.fault("500")
    assert graph.send(token="wrong").status_code == 401
    assert graph.send(text_body("")).status_code == 400
    assert graph.send().status_code == 500


def test_faults_for_typing_and_for_media(graph: Driver) -> None:
    graph.fault("500", match={"kind": "typing"})
    graph.fault("coded:131052", match={"kind": "media"})
    receipt = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.in"}
    assert graph.send().status_code == 200
    assert graph.send(receipt).status_code == 500
    file = graph.http.post("/phone/media", content=b"x").json()
    headers = {"Authorization": "Bearer shop-token"}
    assert code_of(graph.http.get(f"/v23.0/{file['id']}", headers=headers)) == 131052
    assert graph.http.get(f"/v23.0/{file['id']}", headers=headers).status_code == 200


def test_counts_and_log(graph: Driver) -> None:
    graph.fault("429", times=2, match={"to": f"+{SARI}", "callback_contains": "#2"})
    for part in ("#1", "#2", "#2", "#2"):
        graph.send(text_body(biz_opaque_callback_data=f"turn{part}"))
    told = graph.http.get("/faults").json()
    assert [(one["do"], one["fired"], one["times"]) for one in told["faults"]] == [("429", 2, 2)]
    assert [one["callback"] for one in told["log"]] == ["turn#2", "turn#2"]
    assert [one["fired"] for one in graph.http.delete("/faults").json()["faults"]] == [2]
    assert graph.http.get("/faults").json()["faults"] == []


@pytest.mark.parametrize(
    "order", [{"do": "explode"}, {"do": "coded"}, {"do": "500:1"}, {"do": "500", "on": 1}]
)
def test_an_order_with_mistakes_is_refused(graph: Driver, order: dict[str, object]) -> None:
    assert graph.http.post("/faults", json=order).status_code == 400


def _fired(order: FaultOrder, calls: int) -> list[bool]:
    book = FaultBook()
    book.add(order)
    return [book.pick("call", Call("message", SHOP, SARI), at=0.0) is not None for _ in range(calls)]


def test_probability_is_drawn_from_the_seed() -> None:
    order = FaultOrder(do="500", times=None, probability=0.3, seed=7)
    first = _fired(order, 200)
    assert first == _fired(order, 200)
    assert 30 < sum(first) < 90
    assert first != _fired(order.model_copy(update={"seed": 8}), 200)


def test_the_first_fault_of_a_phase_wins_and_the_next_follows() -> None:
    book = FaultBook()
    for do in ("500", "429"):
        book.add(FaultOrder(do=do, match=Match(phone_number_id=SHOP)))
    call = Call("message", SHOP, SARI)
    picked = [book.pick("call", call, at=0.0) for _ in range(3)]
    assert [one.name if one else None for one in picked] == ["500", "429", None]
    assert book.pick("call", Call("message", "other", SARI), at=0.0) is None


def test_times_must_be_at_least_one() -> None:
    with pytest.raises(ValidationError):
        FaultOrder(do="500", times=0)
