"""From a document to the version that answers, on the real state machine; and what happens when it breaks."""

from __future__ import annotations

import json
import urllib.request
import uuid

import pytest

from sandbox.stack import Stack
from tests.conftest import eventually
from tests.e2e.library import Library, open_library
from tests.e2e.support import http, until
from tests.e2e.trouble import KILLED, REFUSED, Place, Trouble
from tests.e2e.webchat import Chat

OLD = "The entrance fee is 4 euros."
NEW = "The entrance fee is 5 euros."
QUESTION = "How much is the entrance fee?"

_STORE = "sahut.adapters.dynamodb"
# One place in each state of the machine, named like the function.
STATES = (
    Place("planning", f"{_STORE}.builds:BuildStore.begin_round", "after"),
    Place("parsing", "sahut.adapters.s3.knowledge_files:S3BuildFiles.put", "before"),
    Place("embedding", "sahut.adapters.s3.knowledge_files:S3BuildFiles.put", "before"),
    Place("building", f"{_STORE}.versions:VersionStore.add", "before"),
    Place("checking", f"{_STORE}.versions:VersionStore.version", "after"),
    Place("activating", f"{_STORE}.versions:VersionStore.activate", "before"),
    Place("activating", f"{_STORE}.versions:VersionStore.activate", "after"),
    Place("closing", f"{_STORE}.builds:BuildStore.end", "before"),
)


@pytest.fixture(scope="module")
def library(stack: Stack) -> Library:
    """A museum with one document, indexed."""
    made = open_library(stack)
    made.add("fees.md", f"# Fees\n\n{OLD}")
    made.indexed("fees.md")
    return made


@pytest.fixture
def old(library: Library) -> Library:
    """The museum with the old fee live."""
    if OLD not in library.says(QUESTION):
        library.add("fees.md", f"# Fees\n\n{OLD}")
        library.indexed("fees.md")
    assert OLD in library.says(QUESTION)
    return library


def test_a_document_answers_within_a_minute_and_is_gone_when_it_is_deleted(old: Library) -> None:
    old.add("hours.md", "# Hours\n\nThe museum opens at ten.", tags=["visit"])
    old.indexed("hours.md")
    assert "ten" in old.says("When does the museum open?", tags=["visit"])
    assert old.call("DELETE", "/documents/hours.md").status == 204
    until(lambda: "ten" not in old.says("When does the museum open?"), "the document is gone")
    old.rests()


def test_a_file_dropped_into_the_bucket_and_one_put_to_a_presigned_address(old: Library) -> None:
    s3, bucket = old.stack.client("s3"), old.stack.outputs["DocumentsBucket"]
    key = f"knowledge/{old.tenant_id}/default/rules/dogs and cats.md"
    s3.put_object(Bucket=bucket, Key=key, Body=b"# Animals\n\nDogs stay outside.")
    old.indexed("rules/dogs and cats.md")
    assert "outside" in old.says("May I bring my dog?")
    asked = old.call("POST", "/documents", {"name": "café.txt", "content_type": "text/plain"})
    upload = asked.body["upload"]
    assert isinstance(upload, dict)
    request = urllib.request.Request(
        upload["url"], b"The cafe serves waffles.", upload["headers"], method="PUT"
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == 200
    old.indexed("café.txt")
    assert "waffles" in old.says("What does the cafe serve?")
    s3.delete_object(Bucket=bucket, Key=key)
    until(lambda: old.document("rules/dogs and cats.md")["state"] == "gone", "the deletion was seen")
    old.rests()


def test_a_bad_update_is_undone_in_one_call_in_warm_functions_too(old: Library) -> None:
    old.add("fees.md", f"# Fees\n\n{NEW}")
    old.indexed("fees.md")
    assert NEW in old.says(QUESTION)
    bad, good = old.versions()[:2]
    assert old.activate(good["version"], by="Rina").status == 200
    assert OLD in old.says(QUESTION)
    assert old.call("POST", "/reindex").status == 202
    old.rests()
    assert OLD in old.says(QUESTION)
    assert NEW in old.says(QUESTION, version=bad["version"])
    assert old.activate(bad["version"]).status == 200
    assert NEW in old.says(QUESTION)


@pytest.mark.full
@pytest.mark.full
@pytest.mark.parametrize("place", STATES, ids=lambda place: f"{place.function}-{place.when}")
def test_a_worker_killed_in_any_state_costs_no_answer(old: Library, trouble: Trouble, place: Place) -> None:
    """The machine repeats the state; the live version answers until the new one is live."""
    text = f"{NEW} Attempt {uuid.uuid4().hex[:6]}."
    fault = trouble.at(place, KILLED)
    with old.asked_all_the_while(QUESTION, (OLD, text)) as gaps:
        old.add("fees.md", f"# Fees\n\n{text}")
        trouble.struck(fault)
        until(lambda: text in old.says(QUESTION), "the new version is live", 60)
        old.rests()
    assert gaps.found == []
    assert gaps.asked > 5


def test_a_build_that_fails_leaves_the_live_version_tells_and_is_made_up_for(
    old: Library, trouble: Trouble
) -> None:
    fault = trouble.at(
        Place("building", f"{_STORE}.versions:VersionStore.add", "before"), REFUSED, times=None
    )
    before = letters(old.stack)
    with old.asked_all_the_while(QUESTION, (OLD,)) as gaps:
        old.add("fees.md", f"# Fees\n\n{NEW}")
        trouble.struck(fault)
        old.rests()
    assert gaps.found == []
    build = old.call("GET", "").body["build"]
    assert isinstance(build, dict)
    assert (build["outcome"], build["error"]) == ("failed", "Permanent")
    eventually(lambda: letters(old.stack) > before)
    trouble.mend(fault)
    old.call("POST", "/reindex")
    old.indexed("fees.md")
    assert NEW in old.says(QUESTION)


def test_builds_of_one_base_follow_each_other_and_miss_nothing(old: Library) -> None:
    names = [f"room-{number}.md" for number in range(6)]
    for number, name in enumerate(names):
        old.add(name, f"# Room {number}\n\nRoom {number} shows painter{number}x.")
    old.indexed(*names)
    assert executions(old) == 1
    for number in range(6):
        assert f"painter{number}x" in old.says(f"Where is painter{number}x?")
    for name in names:
        old.call("DELETE", f"/documents/{name}")
    until(lambda: "painter0x" not in old.says("Where is painter0x?"), "the rooms are gone")
    old.rests()


def test_a_citation_opens_the_original(old: Library) -> None:
    chat_links_to = old.search(QUESTION).body["passages"]
    assert isinstance(chat_links_to, list)
    assert chat_links_to[0]["document"] == "fees.md"
    assert chat_links_to[0]["document_version"]


def executions(library: Library) -> int:
    """The most executions of this base's builds that ever ran at once."""
    machine = library.stack.client("stepfunctions")
    arn = library.stack.outputs["ReindexMachineArn"]
    spans = []
    for page in machine.get_paginator("list_executions").paginate(stateMachineArn=arn):
        for each in page["executions"]:
            told = machine.describe_execution(executionArn=each["executionArn"])
            if json.loads(told["input"])["tenant_id"] == library.tenant_id:
                spans.append((told["startDate"], told.get("stopDate")))
    return max(
        sum(1 for start, stop in spans if start <= at and (stop is None or at < stop)) for at, _ in spans
    )


def letters(stack: Stack) -> int:
    """Dead letters about executions."""
    found = stack.client("dynamodb").query(
        TableName=stack.outputs["LogsTable"],
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": "LETTERS"}},
    )
    return sum("reindex-knowledge" in json.dumps(item) for item in found["Items"])


def test_the_chat_cites_with_a_link_that_opens_the_original(stack: Stack) -> None:
    """A visitor of the seeded shop follows the source of an answer."""
    tenant = stack.endpoints.tenant("toko-melati")
    visitor = Chat(stack, tenant.tenant_id, tenant.webchat_key).visitor()
    visitor.writes("Berapa lama pengiriman ke Papua?")
    citations = visitor.hears()["citations"]
    assert isinstance(citations, list)
    citation = citations[0]
    opened = http("GET", f"{stack.endpoints.api_url}{citation['uri']}")
    assert opened.status == 200, opened.text
    assert "Papua" in opened.text
    assert citation["title"].startswith("Pengiriman")
