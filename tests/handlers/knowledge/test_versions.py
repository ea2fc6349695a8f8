"""Versions: immutable, live by one write, undone by one call."""

from __future__ import annotations

from dataclasses import replace

import boto3
import pytest

from sahut.contracts.knowledge_tasks import ActivateTask
from sahut.domain.errors import Conflict, NotFound
from sahut.domain.knowledge import (
    Activation,
    KnowledgeRef,
    KnowledgeSettings,
    VersionState,
)
from sahut.domain.tenant import TenantId
from sahut.runtime import compose
from sahut.stages.activate_version import activate_version, prune
from sahut.stages.manage_knowledge import change_settings, choose_version
from tests.handlers.conftest import World
from tests.handlers.knowledge.conftest import Library

PRICES = "# Prices\n\nThe batik shirt costs Rp255.000."
HOURS = "# Hours\n\nThe shop opens at nine."


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


def test_settings_have_defaults(library: Library) -> None:
    assert library.made.knowledge.documents.settings(library.ref) == KnowledgeSettings()


def test_a_version_that_was_kept_back_once_goes_live_when_its_documents_come_back(library: Library) -> None:
    """Though the first build of it that finds it again dies before the check."""
    library.put("prices.md", PRICES)
    library.build()
    library.put("prices.md", PRICES.replace("255", "275"))
    library.build(stop_before="activate")
    versions = library.made.knowledge.versions
    kept_back = versions.versions(library.ref)[0]
    versions.assess(library.ref, replace(kept_back, refused="another version was activated"))
    library.put("prices.md", PRICES.replace("255", "300"))
    library.build()
    library.put("prices.md", PRICES.replace("255", "275"))
    library.build(stop_before="check")
    assert library.build() == "activated"
    assert library.answers("batik shirt") == ["The batik shirt costs Rp275.000."]
    assert versions.version(library.ref, kept_back.version).refused == ""


def test_the_version_before_stays_however_many_the_gate_refused(library: Library) -> None:
    library.made.knowledge.documents.decide(library.ref, KnowledgeSettings(keep_versions=2), 1.0)
    library.put("prices.md", PRICES)
    library.build()
    before = library.live
    assert before is not None
    for price in ("275", "285", "295"):
        library.put("prices.md", PRICES.replace("255", price))
        library.build(stop_before="activate")
    library.build()
    choose_version(library.ref, before.version, "Rina", "", library.managing)
    assert library.answers("batik shirt") == ["The batik shirt costs Rp255.000."]


def test_synonyms_that_missed_the_live_version_reach_it_when_they_are_given_again(library: Library) -> None:
    library.put("prices.md", PRICES)
    library.build()
    settings = KnowledgeSettings(synonyms=(("shirt", "kemeja"),))
    library.made.knowledge.documents.decide(library.ref, settings, 1.0)  # and then the flip was faster
    change_settings(library.ref, settings, library.managing)
    assert library.live is not None
    assert library.live.synonyms == settings.synonyms
