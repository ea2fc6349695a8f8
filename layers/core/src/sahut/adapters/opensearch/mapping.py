"""How passages lie in an OpenSearch index, and how they come back."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sahut.domain.answer import Passage
from sahut.domain.knowledge import KnowledgeRef
from sahut.domain.splitting import text_to_embed
from sahut.ports.passages import Entry

VECTOR = "vector"
BODY = "body"
# Analysers that OpenSearch has for our languages: stems and stop words beside the folded words.
LANGUAGES = {"en": "english", "id": "indonesian"}

Json = dict[str, Any]


def index_body(dimensions: int, hidden: bool = False) -> Json:
    """Settings and mapping of an index. dimensions 0: without vectors. hidden: until it is refreshed."""
    fields: Json = {name: {"type": "keyword"} for name in ("tenant", "base", "version", "tags", "document")}
    fields |= {
        "number": {"type": "integer"},
        "passage": {"type": "object", "enabled": False},
        BODY: {
            "type": "text",
            "analyzer": "folded",
            "fields": {code: {"type": "text", "analyzer": name} for code, name in LANGUAGES.items()},
        },
    }
    if dimensions:
        method = {"name": "hnsw", "engine": "lucene", "space_type": "cosinesimil"}
        fields[VECTOR] = {"type": "knn_vector", "dimension": dimensions, "method": method}
    folded = {"tokenizer": "standard", "filter": ["lowercase", "asciifolding"]}
    return {
        "settings": {
            # A second copy as soon as there is a second node; on one node it would stay unassigned.
            "index": {
                "knn": bool(dimensions),
                "number_of_shards": 1,
                "auto_expand_replicas": "0-1",
                **({"refresh_interval": "-1"} if hidden else {}),
            },
            "analysis": {"analyzer": {"folded": folded}},
        },
        # Vectors are searched, never read. In the source of hundreds of hits they cost a question a third
        # more: 128 ms instead of 94 (p50 of 100 in turn, 6,000 passages of 384 dimensions, one small node).
        "mappings": {"dynamic": "strict", "_source": {"excludes": [VECTOR]}, "properties": fields},
    }


def document_of(ref: KnowledgeRef, version: str, number: int, entry: Entry) -> Json:
    """number: position in the version, which breaks ties as it does in the file."""
    fields: Json = {
        "tenant": str(ref.tenant),
        "base": ref.name,
        "version": version,
        "number": number,
        "document": entry.passage.document_id,
        "tags": list(entry.tags),
        BODY: text_to_embed(entry.passage),
        "passage": asdict(entry.passage),
    }
    if entry.vector:
        fields[VECTOR] = list(struct.unpack(f"<{len(entry.vector) // 2}e", entry.vector))
    return fields


def document_id(ref: KnowledgeRef, version: str, number: int) -> str:
    """The same for the same passage: writing twice is writing once."""
    return f"{ref.tenant}|{ref.name}|{version}|{number}"


def passage_of(source: Mapping[str, Any]) -> Passage:
    return Passage(**source["passage"])


def of_version(ref: KnowledgeRef, version: str, tags: frozenset[str] = frozenset()) -> list[Json]:
    """The filter without which nothing is ever asked."""
    return [
        {"term": {"tenant": str(ref.tenant)}},
        {"term": {"base": ref.name}},
        {"term": {"version": version}},
        *({"term": {"tags": tag}} for tag in sorted(tags)),
    ]
