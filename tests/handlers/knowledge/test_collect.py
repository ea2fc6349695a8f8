"""Something changed, was asked for, or is due: is a build running?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from sahut.domain.errors import Refused
from sahut.domain.knowledge import BuildEnd, KnowledgeRef, KnowledgeSettings
from sahut.domain.tenant import TenantId
from tests.handlers.knowledge.conftest import Library, s3_event

JOB = {"tenant_id": "shop", "knowledge_base": "default"}


def test_a_new_object_starts_a_build(library: Library) -> None:
    library.collect(s3_event(library.ref, "prices list/März 2026.pdf".replace(" ", "+")))
    (build_id,) = library.machine.running
    assert library.made.knowledge.builds.build(library.ref).build_id == build_id
    assert list(library.made.knowledge.documents.bases()) == [library.ref]


def test_an_object_that_is_known_just_so_starts_none(library: Library) -> None:
    library.put("prices.md", "# Prices\n\nAll is free.")
    library.build()
    etag = library.documents()["prices.md"].etag
    library.collect(s3_event(library.ref, "prices.md", f'"{etag}"'))
    assert library.machine.running == {}
    library.collect(s3_event(library.ref, "prices.md", "another"))
    assert len(library.machine.running) == 1


def test_a_deletion_starts_a_build(library: Library) -> None:
    library.put("prices.md", "# Prices\n\nAll is free.")
    library.build()
    library.collect(s3_event(library.ref, "prices.md", deleted=True))
    assert len(library.machine.running) == 1


@pytest.mark.parametrize(
    "key", ["knowledge/shop/default/", "knowledge/SHOP/default/a.md", "shop/media/x", "knowledge/shop/a.md"]
)
def test_objects_that_are_no_documents_start_nothing(library: Library, key: str) -> None:
    library.collect({"Records": [{"s3": {"object": {"key": key, "eTag": "1"}}}]})
    assert library.machine.running == {}


def test_while_a_build_runs_it_is_counted_and_the_build_goes_around_again(library: Library) -> None:
    library.collect(JOB)
    library.collect(JOB)
    library.collect(JOB)
    (build_id,) = library.machine.running
    library.build_id = build_id
    library.put("prices.md", "# Prices\n\nAll is free.")
    knows = library.made.knowledge
    knows.builds.begin_round(library.ref, build_id)
    library.collect(JOB)
    assert library.made.knowledge.builds.end(library.ref, build_id, BuildEnd("unchanged"), 1.0)
    assert library.rounds() == "activated"
    assert knows.builds.build(library.ref).build_id == ""


def test_a_build_whose_execution_died_is_replaced(library: Library) -> None:
    library.collect(JOB)
    (dead,) = library.machine.running
    library.machine.running[dead] = False
    library.collect(JOB)
    assert [name for name, running in library.machine.running.items() if running] != [dead]
    assert library.made.knowledge.builds.build(library.ref).build_id != dead


def test_one_that_is_just_starting_is_not(library: Library) -> None:
    """Between taking the lease and the start of the execution nothing is known of it."""
    library.collect(JOB)
    (starting,) = library.machine.running
    del library.machine.running[starting]
    library.collect(JOB)
    assert library.machine.running == {}
    library.world.now += 61  # it never started: whoever took the lease has died
    library.collect(JOB)
    assert len(library.machine.running) == 1


def test_sources_are_fetched_when_their_time_has_come(library: Library) -> None:
    knows = library.made.knowledge
    knows.documents.decide(library.ref, KnowledgeSettings(refresh_hours=6), library.world.now)
    library.collect({"kind": "tick"})
    assert library.machine.refreshes == [True]
    (build_id,) = library.machine.running
    library.machine.running[build_id] = False
    knows.builds.begin_fetching(library.ref, build_id)
    knows.builds.begin_round(library.ref, build_id)
    assert not knows.builds.end(library.ref, build_id, BuildEnd("unchanged"), library.world.now)
    library.collect({"kind": "tick"})
    assert library.machine.refreshes == [True]
    library.world.now += 6 * 3600 + 1
    library.collect({"kind": "tick"})
    assert library.machine.refreshes == [True, True]


def test_a_failed_build_is_tried_again_by_the_schedule_and_not_at_once(library: Library) -> None:
    knows = library.made.knowledge
    library.collect(JOB)
    (build_id,) = library.machine.running
    knows.builds.begin_round(library.ref, build_id)
    knows.documents.refresh_at(library.ref, library.world.now + 1e6)
    assert not knows.builds.end(library.ref, build_id, BuildEnd("failed", "Permanent"), library.world.now)
    library.collect({"kind": "tick"})
    assert len(library.machine.running) == 1
    library.world.now += 1801
    library.collect({"kind": "tick"})
    assert len(library.machine.running) == 2


def test_each_base_has_its_own_lease(library: Library) -> None:
    library.collect(JOB)
    library.collect(JOB | {"knowledge_base": "second"})
    library.collect(JOB | {"tenant_id": "bank"})
    assert len(library.machine.running) == 3
    builds = library.made.knowledge.builds
    other = KnowledgeRef(TenantId("bank"))
    assert builds.build(library.ref).build_id != builds.build(other).build_id


@pytest.mark.parametrize("body", ["", "no json", "[]", '{"tenant_id": "shop"}', '{"kind": "other"}'])
def test_what_is_none_of_ours_is_refused_and_ends_in_the_dead_letters(library: Library, body: str) -> None:
    with pytest.raises((Refused, ValueError)):
        library.collect(body)


def test_the_event_with_which_s3_looks_whether_we_listen_is_fine(library: Library) -> None:
    library.collect({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "documents"})
    assert library.machine.running == {}


def test_settings_are_kept(library: Library) -> None:
    documents = library.made.knowledge.documents
    chosen = KnowledgeSettings(urls=("https://a.example/",), synonyms=(("cod", "bayar di tempat"),))
    documents.decide(library.ref, chosen, 1.0)
    assert documents.settings(library.ref) == chosen
    documents.decide(library.ref, replace(chosen, keep_versions=3), 2.0)
    assert documents.settings(library.ref).keep_versions == 3
    assert documents.due(1.5) == [library.ref]  # deciding again postpones no refresh
