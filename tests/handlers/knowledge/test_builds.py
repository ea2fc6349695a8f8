"""From documents in the bucket to the version that answers."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sahut.domain.errors import Outdated, Refused
from sahut.domain.knowledge import (
    DocumentState,
    VersionState,
)
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
