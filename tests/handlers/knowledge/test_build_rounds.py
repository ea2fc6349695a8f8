"""What a second round, the same file once more, and a file that can't be read must not spoil."""

from __future__ import annotations

import pytest

from tests.handlers.knowledge.conftest import Library

pytestmark = pytest.mark.timeout(100)

OPENING = "# Opening\n\nThe shop opens at eight."
PRICES = "# Prices\n\nA bicycle costs ninety euros."


def test_a_second_round_embeds_its_own_passages(library: Library) -> None:
    """Both rounds write a shard of the same name with as many passages."""
    library.put("opening.md", OPENING)
    library.world.now += 1
    library.begin()
    library._round("")
    library.put("prices.md", PRICES)
    library.made.knowledge.builds.want(library.ref, refresh=False)
    library.rounds()
    assert [text for text in library.embedder.asked if "bicycle" in text]


def test_a_file_that_cant_be_read_is_read_once(library: Library) -> None:
    """It adds no passage, so the version is the one before; what the bucket looks like is another matter."""
    library.put("opening.md", OPENING)
    library.build()
    library.put("broken.md", "UNREADABLE")
    library.build()
    assert library.build() == "unchanged"
    assert library.made.knowledge.versions.versions(library.ref)[0].failed_documents == 1

    library.delete("broken.md")
    library.build()
    assert library.build() == "unchanged"
    assert library.made.knowledge.versions.versions(library.ref)[0].failed_documents == 0
