"""The HTTP API of knowledge bases, through the real handler."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import boto3
import pytest

from sahut.contracts.knowledge_tasks import SearchTask
from sahut.runtime import compose
from sahut.stages.search_knowledge import search_knowledge
from tests.handlers.conftest import World
from tests.handlers.edge.conftest import BANK_KEY, SHOP_KEY, Edge, Reply
from tests.handlers.knowledge.conftest import Library

KB = "/v1/knowledge-bases/default"
PRICES = "# Prices\n\nThe batik shirt costs Rp255.000."
SET = "\n".join(
    json.dumps(each)
    for each in (
        {"id": 1, "question": "What does the batik shirt cost?", "language": "en", "answerable": True,
         "documents": ["prices.md"]},
        {"id": 2, "question": "Who won the football match?", "language": "en", "answerable": False},
    )
)  # fmt: skip


@dataclass
class SearchInProcess:
    """What the function `searching` does, without a second function."""

    library: Library

    def call(self, payload: dict[str, Any]) -> dict[str, Any]:
        task = SearchTask.model_validate(payload)
        return search_knowledge(task, compose.search_knowledge(self.library.made)).model_dump(mode="json")


@pytest.fixture
def library(edge: Edge, world: World) -> Library:
    boto3.client("s3").put_bucket_versioning(
        Bucket="documents", VersioningConfiguration={"Status": "Enabled"}
    )
    library = Library(world)
    world.made.knowledge.__dict__["searching"] = SearchInProcess(library)
    return library


def call(
    edge: Edge, method: str, path: str, body: object = None, key: str = SHOP_KEY, **headers: str
) -> Reply:
    path, _, asked = path.partition("?")
    query = dict(pair.split("=") for pair in asked.split("&")) if asked else {}
    return edge.call(method, path, body, {"X-Api-Key": key} | headers, query)


def add(edge: Edge, name: str, text: str, key: str = SHOP_KEY, **more: object) -> Reply:
    return call(edge, "POST", f"{KB}/documents", {"name": name, "text": text, **more}, key)


def test_a_document_from_upload_to_answer(edge: Edge, library: Library) -> None:
    added = add(edge, "prices.md", PRICES, tags=["retail"])
    assert added.status == 202
    assert added.json["document"]["state"] == "queued"
    assert added.json["upload"] is None
    library.build()
    shown = call(edge, "GET", f"{KB}/documents/prices.md").json
    assert (shown["state"], shown["passages"], shown["embedded"], shown["tags"]) == (
        "indexed",
        1,
        1,
        ["retail"],
    )
    found = call(edge, "POST", f"{KB}/search", {"query": "batik shirt"}).json
    assert found["passages"][0]["text"] == "The batik shirt costs Rp255.000."
    assert found["passages"][0]["document"] == "prices.md"
    assert 0 <= found["evidence"] <= 1
    assert (
        call(edge, "POST", f"{KB}/search", {"query": "shirt", "tags": ["wholesale"]}).json["passages"] == []
    )
    base = call(edge, "GET", KB).json
    assert base["live"] == found["version"]
    assert base["documents"] == {"indexed": 1}
    assert base["build"]["running"] is False
    assert call(edge, "GET", "/v1/knowledge-bases").json == {"knowledge_bases": ["default"]}


def test_binary_content_and_a_file_that_is_put_into_the_bucket(edge: Edge, library: Library) -> None:
    body = base64.b64encode(PRICES.encode()).decode()
    assert call(edge, "POST", f"{KB}/documents", {"name": "a.md", "content_base64": body}).status == 202
    large = call(
        edge, "POST", f"{KB}/documents", {"name": "big/catalogue.pdf", "content_type": "application/pdf"}
    )
    upload = large.json["upload"]
    assert upload["method"] == "PUT"
    assert "knowledge/shop/default/big/catalogue.pdf" in upload["url"]
    assert upload["headers"] == {"Content-Type": "application/pdf"}
    library.build()
    states = {each["name"]: each["state"] for each in call(edge, "GET", f"{KB}/documents").json["documents"]}
    assert states == {"a.md": "indexed", "big/catalogue.pdf": "queued"}
    only = call(edge, "GET", f"{KB}/documents?state=queued").json["documents"]
    assert [each["name"] for each in only] == ["big/catalogue.pdf"]


def test_a_removed_document_is_gone_from_the_next_version(edge: Edge, library: Library) -> None:
    add(edge, "prices.md", PRICES)
    add(edge, "hours.md", "# Hours\n\nThe shop opens at nine.")
    library.build()
    assert call(edge, "DELETE", f"{KB}/documents/prices.md").status == 204
    library.build()
    assert call(edge, "GET", f"{KB}/documents/prices.md").problem["status"] == 404
    found = call(edge, "POST", f"{KB}/search", {"query": "batik shirt"}).json["passages"]
    assert all(each["document"] != "prices.md" for each in found)
    assert call(edge, "DELETE", f"{KB}/documents/prices.md").problem["status"] == 404


def test_back_to_an_earlier_version_and_what_was_live_then(edge: Edge, library: Library) -> None:
    add(edge, "prices.md", PRICES)
    library.build()
    then = library.world.now
    library.world.now += 3600
    add(edge, "prices.md", PRICES.replace("255", "275"))
    library.build()
    listed = call(edge, "GET", f"{KB}/versions").json
    newest, oldest = listed["versions"]
    assert (newest["live"], oldest["live"]) == (True, False)
    assert [each["by"] for each in listed["activations"]] == ["build", "build"]
    search = {"query": "batik shirt", "as_of": then + 1}
    assert "255" in call(edge, "POST", f"{KB}/search", search).json["passages"][0]["text"]
    assert call(edge, "POST", f"{KB}/search", search | {"as_of": "1999-05-03"}).problem["status"] == 404
    assert call(edge, "POST", f"{KB}/search", search | {"as_of": "yesterday"}).problem["status"] == 422
    library.world.now += 60
    path = f"{KB}/versions/{oldest['version']}/activate"
    assert call(edge, "POST", path, {"by": "Rina"}).json["live"] is True
    assert "255" in call(edge, "POST", f"{KB}/search", {"query": "batik shirt"}).json["passages"][0]["text"]
    assert call(edge, "GET", f"{KB}/versions").json["activations"][0]["by"] == "Rina"
    assert call(edge, "POST", f"{KB}/versions/nothing/activate").problem["status"] == 404


def test_a_worse_version_waits_for_a_person_with_a_reason(edge: Edge, library: Library) -> None:
    answers_everything = Decimal("0.001")
    agent = {"confidence_threshold": answers_everything}
    profile: dict[str, Any] = {"name": "shop", "evidence_threshold": answers_everything, "agent": agent}
    boto3.resource("dynamodb").Table("registry").put_item(
        Item={"pk": "TENANT#shop", "sk": "PROFILE", **profile}
    )
    add(edge, "prices.md", PRICES)
    library.build()
    good = library.live
    stored = call(edge, "PUT", f"{KB}/evaluation-set", SET, **{"Content-Type": "application/x-ndjson"})
    assert (stored.status, stored.json["questions"], stored.json["answerable"]) == (200, 2, 1)
    call(edge, "DELETE", f"{KB}/documents/prices.md")
    add(edge, "other.md", "# Other\n\nEvery batik shirt has a price.")
    assert library.build() == "refused"
    assert library.live == good
    newest = call(edge, "GET", f"{KB}/versions").json["versions"][0]
    assert newest["refused"].startswith("right outcomes")
    assert newest["quality"]["right_outcomes"] < 1
    path = f"{KB}/versions/{newest['version']}/activate"
    refused = call(edge, "POST", path).problem
    assert (refused["status"], "give a reason" in refused["detail"]) == (409, True)
    assert call(edge, "POST", path, {"reason": "the old prices were wrong"}).status == 200
    latest = call(edge, "GET", f"{KB}/versions").json["activations"][0]
    assert (latest["by"], latest["reason"]) == ("ci", "the old prices were wrong")


def test_settings(edge: Edge, library: Library) -> None:
    settings = {"refresh_hours": 6, "synonyms": [["ongkir", "shipping fee"]], "keep_versions": 3}
    assert call(edge, "PUT", KB, settings).json["settings"]["synonyms"] == [["ongkir", "shipping fee"]]
    add(edge, "prices.md", "# Kirim\n\nThe shipping fee is Rp9.000.\n\n# Rest\n\nNothing else.")
    library.build()
    live = library.live
    assert live is not None
    assert live.synonyms == (("ongkir", "shipping fee"),)
    call(edge, "PUT", KB, settings | {"synonyms": [["cod", "bayar di tempat"]]})
    assert library.live is not None
    assert library.live.synonyms == (("cod", "bayar di tempat"),)  # from the next question on
    assert call(edge, "PUT", KB, settings | {"engine": "opensearch"}).problem["status"] == 409
    assert call(edge, "PUT", KB, settings | {"refresh_hours": 0}).problem["status"] == 422


def test_a_build_can_be_asked_for(edge: Edge, library: Library) -> None:
    assert call(edge, "POST", f"{KB}/reindex").status == 202
    url = library.made.settings.knowledge_queue_url
    (message,) = boto3.client("sqs").receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"]) == {
        "v": 1, "tenant_id": "shop", "knowledge_base": "default", "refresh": True,
    }  # fmt: skip
    library.collect(message["Body"])
    assert library.machine.refreshes == [True]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", f"{KB}/documents", {"name": "../x.md", "text": "x"}, 422),
        ("POST", f"{KB}/documents", {"name": "/x.md", "text": "x"}, 422),
        ("POST", f"{KB}/documents", {"name": "x.md", "text": "x", "content_base64": "eA=="}, 422),
        ("POST", f"{KB}/documents", {"name": "x.md", "content_base64": "no base64!"}, 422),
        ("POST", f"{KB}/documents", {"name": "x.md", "bytes": 200_000_000}, 422),
        ("GET", "/v1/knowledge-bases/No%20Name", None, 422),
        ("GET", f"{KB}/documents/missing.md", None, 404),
        ("POST", f"{KB}/search", {"query": "anything"}, 404),
        ("POST", f"{KB}/search", {"query": ""}, 422),
        ("PUT", f"{KB}/evaluation-set", '{"id": 1}', 422),
        ("GET", "/v1/citations/forged", None, 404),
    ],
)
def test_what_is_wrong_is_said(
    edge: Edge, library: Library, method: str, path: str, body: object, status: int
) -> None:
    headers = {"Content-Type": "application/x-ndjson"} if isinstance(body, str) else {}
    assert call(edge, method, path, body, **headers).problem["status"] == status


def test_a_key_is_needed_and_opens_its_own_tenant_only(edge: Edge, library: Library) -> None:
    add(edge, "prices.md", PRICES)
    library.build()
    assert call(edge, "GET", KB, key="sk_wrong").problem["status"] == 401
    assert call(edge, "GET", f"{KB}/documents", key=BANK_KEY).json == {"documents": []}
    assert call(edge, "POST", f"{KB}/search", {"query": "batik"}, BANK_KEY).problem["status"] == 404
    version = call(edge, "GET", KB).json["live"]
    asked = {"query": "batik", "version": version}
    assert call(edge, "POST", f"{KB}/search", asked, BANK_KEY).problem["status"] == 404
    path = f"{KB}/versions/{version}/activate"
    assert call(edge, "POST", path, None, BANK_KEY).problem["status"] == 404


def test_a_citation_opens_the_original_as_it_was(edge: Edge, library: Library) -> None:
    add(edge, "prices.md", PRICES)
    library.build()
    hit = call(edge, "POST", f"{KB}/search", {"query": "batik shirt"}).json["passages"][0]
    citation = {"document_id": hit["document"], "document_version": hit["document_version"], "page": 3}
    path = library.made.citation_links.path(library.ref.tenant, citation)
    opened = edge.call("GET", path)
    assert opened.status == 302
    location = opened.headers["location"]
    assert location.endswith("#page=3")
    assert f"versionId={hit['document_version']}" in location
    assert "knowledge/shop/default/prices.md" in location
    library.world.now += 31 * 24 * 3600
