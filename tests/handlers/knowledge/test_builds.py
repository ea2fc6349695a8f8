"""From documents in the bucket to the version that answers."""

from __future__ import annotations

from dataclasses import replace

import boto3
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sahut.contracts.knowledge_tasks import ActivateTask, FetchTask
from sahut.domain.errors import Conflict, NotFound, Outdated, Refused
from sahut.domain.knowledge import (
    Activation,
    BuildEnd,
    DocumentState,
    KnowledgeRef,
    KnowledgeSettings,
    VersionState,
)
from sahut.domain.tenant import TenantId
from sahut.ports.passages import Query
from sahut.ports.web import PageReply, PageRequest, PageStatus
from sahut.runtime import compose
from sahut.stages.activate_version import activate_version, prune
from sahut.stages.fetch_sources import fetch_sources
from sahut.stages.manage_knowledge import choose_version
from tests.handlers.conftest import World
from tests.handlers.knowledge.conftest import Library

PRICES = "# Prices\n\nThe batik shirt costs Rp255.000."
HOURS = "# Hours\n\nThe shop opens at nine."


def test_documents_become_a_version_that_answers(library: Library) -> None:
    library.put("prices.md", PRICES)
    library.put("deep/hours.md", HOURS)
    assert library.build() == "activated"
    assert library.answers("batik shirt") == ["The batik shirt costs Rp255.000."]
    assert library.answers("shop opens") == ["The shop opens at nine."]
    documents = library.documents()
    assert {name: each.state for name, each in documents.items()} == {
        "deep/hours.md": DocumentState.INDEXED,
        "prices.md": DocumentState.INDEXED,
    }
    live = library.live
    assert live is not None
    shown = documents["prices.md"]
    assert (shown.version, shown.passages, shown.embedded) == (live.version, 1, 1)
    assert shown.object_version
    assert shown.bytes == len(PRICES)
    version = library.made.knowledge.versions.version(library.ref, live.version)
    assert (version.documents, version.passages, version.state) == (2, 2, VersionState.READY)


def test_nothing_changed_is_no_new_version(library: Library) -> None:
    library.put("prices.md", PRICES)
    library.build()
    before = library.live
    assert library.build() == "unchanged"
    assert library.live == before
    assert len(library.made.knowledge.versions.versions(library.ref)) == 1


def test_only_what_changed_is_embedded_again(library: Library) -> None:
    for number in range(30):
        library.put(f"{number}.md", f"# Document {number}\n\nThe secret word is w{number}x.")
    library.build()
    library.embedder.asked.clear()
    library.put("7.md", "# Document 7\n\nThe secret word is banana.")
    assert library.build() == "activated"
    assert len(library.embedder.asked) == 1
    assert "banana" in library.embedder.asked[0]
    assert library.answers("banana")[0] == "The secret word is banana."
    assert library.answers("w8x")[0] == "The secret word is w8x."
    assert all("w7x" not in text for text in library.answers("w7x"))


def test_a_deleted_document_is_in_no_later_version(library: Library) -> None:
    library.put("prices.md", PRICES)
    library.put("hours.md", HOURS)
    library.build()
    first = library.live
    assert first is not None
    library.delete("prices.md")
    assert library.build() == "activated"
    assert library.answers("batik shirt") != ["The batik shirt costs Rp255.000."]
    assert "prices.md" not in library.documents()
    assert library.answers("batik shirt", first.version) == ["The batik shirt costs Rp255.000."]


def test_a_copy_comes_back_when_the_document_that_stood_for_it_goes(library: Library) -> None:
    library.put("a.md", PRICES)
    library.put("b.md", PRICES)
    library.build()
    assert len(library.answers("batik shirt")) == 1
    library.delete("a.md")
    library.build()
    assert library.answers("batik shirt") == ["The batik shirt costs Rp255.000."]


def test_a_document_that_cant_be_read_holds_up_no_other(library: Library) -> None:
    library.put("prices.md", PRICES)
    library.put("broken.md", "UNREADABLE")
    library.build()
    broken = library.documents()["broken.md"]
    assert (broken.state, broken.reason) == (DocumentState.FAILED, "corrupt")
    assert broken.detail == "The file is damaged."
    assert library.answers("batik shirt") == ["The batik shirt costs Rp255.000."]
    version = library.made.knowledge.versions.versions(library.ref)[0]
    assert (version.documents, version.failed_documents) == (1, 1)
    assert library.build() == "unchanged"  # what failed is not read again and again


def test_what_a_document_said_stays_when_its_update_cant_be_read(library: Library) -> None:
    library.put("prices.md", PRICES)
    library.build()
    library.put("prices.md", "UNREADABLE")
    library.build()
    assert library.answers("batik shirt") == ["The batik shirt costs Rp255.000."]
    shown = library.documents()["prices.md"]
    assert shown.state is DocumentState.FAILED
    assert shown.detail.endswith("What the document said before is still used.")
    library.put("prices.md", PRICES.replace("255", "275"))
    library.build()
    assert library.answers("batik shirt") == ["The batik shirt costs Rp275.000."]


def test_tags_follow_their_document_without_reading_it_again(library: Library) -> None:
    library.put("prices.md", PRICES)
    library.build()
    library.embedder.asked.clear()
    library.made.knowledge.documents.change(library.ref, "prices.md", 1.0, tags=["wholesale"])
    assert library.build() == "activated"
    assert library.embedder.asked == []
    assert library.documents()["prices.md"].tags == ("wholesale",)


@pytest.mark.parametrize("state", ["read", "embed", "write", "check", "activate"])
def test_a_build_that_dies_leaves_the_live_version_and_the_next_one_ends_it(
    library: Library, state: str
) -> None:
    library.put("prices.md", PRICES)
    library.build()
    before = library.live
    library.put("prices.md", PRICES.replace("255", "275"))
    assert library.build(stop_before=state) == "killed"
    assert library.live == before
    assert library.answers("batik shirt") == ["The batik shirt costs Rp255.000."]
    assert library.build() == "activated"
    assert library.answers("batik shirt") == ["The batik shirt costs Rp275.000."]


def test_a_dead_build_can_change_nothing_any_more(library: Library) -> None:
    library.put("prices.md", PRICES)
    library.build(stop_before="activate")
    old = library.build_id
    library.build()
    library.build_id = old
    with pytest.raises(Outdated):
        library.rounds()


def test_a_change_during_a_build_makes_it_go_around_again(library: Library) -> None:
    library.put("prices.md", PRICES)
    library.world.now += 1
    library.begin()
    library._round("")
    library.put("hours.md", HOURS)
    library.made.knowledge.builds.want(library.ref, refresh=False)
    assert library.rounds() == "activated"
    assert library.answers("shop opens") == ["The shop opens at nine."]
    assert library.made.knowledge.builds.build(library.ref).build_id == ""


def test_an_embedder_that_is_broken_builds_nothing(library: Library) -> None:
    library.put("prices.md", PRICES)
    library.build()
    before = library.live
    library.put("hours.md", HOURS)
    library.embedder.broken = True
    with pytest.raises(Refused):
        library.build()
    assert library.live == before


# ── versions ──────────────────────────────────────────────────────────────────────────────────────
def test_a_bad_update_is_undone_in_one_call_and_stays_undone(library: Library) -> None:
    library.put("prices.md", PRICES)
    library.build()
    good = library.live
    library.put("prices.md", PRICES.replace("255", "1"))
    library.build()
    bad = library.live
    assert good is not None
    assert bad is not None
    library.world.now += 60
    choose_version(library.ref, good.version, "Rina", "", library.managing)
    assert library.answers("batik shirt") == ["The batik shirt costs Rp255.000."]
    assert library.build() == "unchanged"  # a look at the same documents brings the bad one not back
    assert library.live is not None
    assert library.live.version == good.version
    library.world.now += 60
    choose_version(library.ref, bad.version, "Rina", "", library.managing)
    assert library.answers("batik shirt") == ["The batik shirt costs Rp1.000."]
    by = [each.by for each in library.made.knowledge.versions.activations(library.ref, 10)]
    assert by == ["Rina", "Rina", "build", "build"]


def test_what_did_it_know_then(library: Library) -> None:
    library.put("prices.md", PRICES)
    library.build()
    then = library.world.now
    first = library.live
    library.world.now += 3600
    library.put("prices.md", PRICES.replace("255", "275"))
    library.build()
    versions = library.made.knowledge.versions
    assert first is not None
    assert versions.live_at(library.ref, then + 10).version == first.version
    assert versions.live_at(library.ref, library.world.now).version != first.version
    with pytest.raises(NotFound):
        versions.live_at(library.ref, then - 10)


def test_a_build_does_not_undo_what_a_person_decided_meanwhile(library: Library) -> None:
    library.put("prices.md", PRICES)
    library.build()
    first = library.live
    library.put("prices.md", PRICES.replace("255", "275"))
    library.build()
    library.put("prices.md", PRICES.replace("255", "300"))
    library.world.now += 1
    library.begin()
    assert library._round("activate") == "killed"
    assert first is not None
    choose_version(library.ref, first.version, "Rina", "", library.managing)
    newest = library.made.knowledge.versions.versions(library.ref)[0].version
    was = library.made.knowledge.versions.versions(library.ref)[1].version
    done = activate_version(
        ActivateTask(**library.task, version=newest, was=was), compose.activate_version(library.made)
    )
    assert not done.activated
    assert library.live is not None
    assert library.live.version == first.version
    assert library.build() == "unchanged"  # and no later one either


def test_a_change_that_is_taken_back_makes_the_old_version_the_newest(library: Library) -> None:
    library.put("prices.md", PRICES)
    library.build()
    first = library.live
    library.put("prices.md", PRICES.replace("255", "275"))
    library.build()
    library.put("prices.md", PRICES)
    assert library.build() == "activated"
    assert first is not None
    assert library.live is not None
    assert library.live.version == first.version
    assert library.build() == "unchanged"


def test_old_versions_lose_their_files_but_never_the_live_one(library: Library) -> None:
    for number in range(5):
        library.put("prices.md", f"# Prices\n\nThe shirt costs Rp{number}00.000.")
        library.build()
    versions = library.made.knowledge.versions
    oldest = versions.versions(library.ref)[-1]
    choose_version(library.ref, oldest.version, "Rina", "", library.managing)
    prune(library.ref, 2, compose.activate_version(library.made))
    states = [each.state for each in versions.versions(library.ref)]
    assert states == [VersionState.READY, VersionState.READY, *[VersionState.PRUNED] * 2, VersionState.READY]
    assert library.answers("shirt") == ["The shirt costs Rp000.000."]
    files = boto3.client("s3").list_objects_v2(Bucket="indexes", Prefix="versions/")["Contents"]
    assert sum(each["Key"].endswith(".sqlite") for each in files) == 3
    pruned = versions.versions(library.ref)[2]
    with pytest.raises(Conflict):
        choose_version(library.ref, pruned.version, "Rina", "", library.managing)


def test_the_pointer_never_names_an_unfinished_version(library: Library) -> None:
    library.put("prices.md", PRICES)
    library.build()
    live = library.live
    assert live is not None
    with pytest.raises(Conflict):
        library.made.knowledge.versions.activate(
            library.ref, replace(live, version="never-built"), Activation("never-built", 1.0, "Rina")
        )
    assert library.live == live


def test_versions_are_immutable(library: Library) -> None:
    library.put("prices.md", PRICES)
    library.build()
    versions = library.made.knowledge.versions
    (version,) = versions.versions(library.ref)
    versions.add(library.ref, replace(version, sha256="0" * 64, passages=99, seen_at=9e9))
    (same,) = versions.versions(library.ref)
    assert (same.sha256, same.passages, same.seen_at) == (version.sha256, version.passages, 9e9)


def test_tenants_and_bases_know_nothing_of_each_other(library: Library, world: World) -> None:
    table = boto3.resource("dynamodb").Table("registry")
    table.put_item(Item={"pk": "TENANT#bank", "sk": "PROFILE", "name": "Bank"})
    bank = Library(world, KnowledgeRef(TenantId("bank")))
    second = Library(world, KnowledgeRef(library.ref.tenant, "second"))
    library.put("prices.md", PRICES)
    bank.put("rates.md", "# Rates\n\nThe batik loan costs 4 %.")
    second.put("other.md", "# Other\n\nThe batik museum is closed.")
    for each in (library, bank, second):
        assert each.build() == "activated"
    assert library.answers("batik") == ["The batik shirt costs Rp255.000."]
    assert bank.answers("batik") == ["The batik loan costs 4 %."]
    assert second.answers("batik") == ["The batik museum is closed."]


_NAMES = st.sampled_from(["a.md", "b.md", "c.md"])
_CHANGES = st.lists(
    st.tuples(_NAMES, st.one_of(st.none(), st.integers(1, 4), st.just("UNREADABLE"))), max_size=4
)


@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rounds=st.lists(_CHANGES, min_size=1, max_size=4))
def test_whatever_changes_the_newest_version_says_what_the_bucket_says(
    library: Library, rounds: list[list[tuple[str, int | str | None]]]
) -> None:
    for name in ("a.md", "b.md", "c.md"):
        library.delete(name)
    library.build()
    readable: dict[str, str] = {}
    for changes in rounds:
        for name, content in changes:
            if content is None:
                library.delete(name)
                readable.pop(name, None)
            elif content == "UNREADABLE":
                library.put(name, "UNREADABLE")
            else:
                text = f"# T\n\nThe mark of {name[0]} is m{content}{name[0]}."
                library.put(name, text)
                readable[name] = f"The mark of {name[0]} is m{content}{name[0]}."
        # One that became unreadable before it was ever indexed has nothing to keep.
        library.build()
        indexed = {name for name, each in library.documents().items() if each.state is DocumentState.INDEXED}
        found = set(library.answers("mark"))
        assert {readable[name] for name in indexed} <= found
        assert found <= set(readable.values()) | {
            f"The mark of {n} is m{k}{n}." for n in "abc" for k in range(1, 5)
        }


def test_settings_have_defaults(library: Library) -> None:
    assert library.made.knowledge.documents.settings(library.ref) == KnowledgeSettings()


def test_pages_on_the_web_become_documents_that_are_cited_by_their_address(library: Library) -> None:
    site = {"https://museum.example/hours": b"# Hours\n\nThe museum opens at ten."}
    urls = tuple(site)
    library.made.knowledge.documents.decide(library.ref, KnowledgeSettings(urls=urls), 1.0)
    fetched(library, site)
    assert library.build() == "activated"
    live = library.live
    assert live is not None
    passages = library.made.knowledge.shelf.open(library.ref, live)
    (hit,) = passages.find(Query("museum opens"), 1)
    assert (hit.passage.uri, hit.passage.text) == (urls[0], "The museum opens at ten.")
    (page,) = library.made.knowledge.pages.pages(library.ref)
    assert (page.url, page.name, page.outcome.value) == (urls[0], hit.passage.document_id, "fetched")
    fetched(library, site)
    assert library.build() == "unchanged"
    library.made.knowledge.documents.decide(library.ref, KnowledgeSettings(urls=()), 2.0)
    fetched(library, {})
    assert library.build() == "activated"
    assert library.answers("museum opens") == []


def fetched(library: Library, site: dict[str, bytes]) -> None:
    """Runs the state *Fetch the sources* with a web of these pages."""
    library.world.now += 1
    library.begin()
    needs = compose.fetch_sources(library.made)
    refreshing = replace(needs.refreshing, new_web=lambda: FakeWeb(site))
    fetch_sources(FetchTask(**library.task), replace(needs, refreshing=refreshing))
    library.made.knowledge.builds.begin_round(library.ref, library.build_id)
    library.made.knowledge.builds.end(library.ref, library.build_id, BuildEnd("unchanged"), library.world.now)


class FakeWeb:
    def __init__(self, site: dict[str, bytes]) -> None:
        self._site = site

    def get(self, request: PageRequest, within_s: float) -> PageReply:
        body = self._site.get(request.url)
        if body is None:
            return PageReply(PageStatus.GONE, request.url)
        return PageReply(PageStatus.FETCHED, request.url, body, "text/markdown", etag="1")
