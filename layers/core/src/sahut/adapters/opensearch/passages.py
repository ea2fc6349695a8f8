"""One knowledge base version on an OpenSearch server: lexical, dense and fused search.

The same fusion as in a file (domain/fusion.py), from the same cosines; BM25 is Lucene's, with the language's
own stemming beside the folded words. What the k-NN graph misses is what differs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sahut.adapters.opensearch.client import error_of, question_ends, translated, within
from sahut.adapters.opensearch.mapping import BODY, LANGUAGES, VECTOR, Json, of_version, passage_of
from sahut.domain.answer import FoundPassage, Passage
from sahut.domain.errors import Refused
from sahut.domain.fusion import fused, words_tell
from sahut.domain.knowledge import KnowledgeRef
from sahut.domain.language import detect_language
from sahut.domain.words import terms_of
from sahut.ports.passages import Query

if TYPE_CHECKING:
    from opensearchpy import OpenSearch

# Passages that get a lexical score, and nearest ones that get a dense one, as in a file.
_MOST = 200


@dataclass(frozen=True, slots=True)
class _Hit:
    passage: Passage
    score: float


_Hits = Mapping[int, _Hit]


class OpenSearchPassages:
    """A ports.passages.Passages. Tenant, base and version are what it is made of: no query leaves them out.

    dimensions: of the version's vectors, 0 for none.
    """

    def __init__(
        self,
        client: OpenSearch,
        ref: KnowledgeRef,
        index: str,
        version: str,
        embedder: str,
        dimensions: int,
    ) -> None:
        self._client = client
        self._ref = ref
        self._index = index
        self._version = version
        self._embedder = embedder
        self._dimensions = dimensions

    @property
    def version(self) -> str:
        return self._version

    @property
    def embedder(self) -> str:
        return self._embedder if self._dimensions else ""

    def find(self, query: Query, limit: int) -> tuple[FoundPassage, ...]:
        """See `ports.passages.Passages.find`; one round trip, two if passages with the words aren't near.

        Raises:
            TryAgain: it took longer than FIND_WITHIN_S, over all round trips and tries.
        """
        until = question_ends()
        vector = query.vector if self._dimensions else None
        if vector is not None and len(vector) != self._dimensions:
            raise Refused(f"{len(vector)} dimensions asked, the index has {self._dimensions}")
        lexical = self._lexical_query(query)
        if vector is None:
            (words,) = self._search([lexical], until) if lexical else ({},)
            return _best(words, {}, _scores(words), _scores(fused({}, 0.0, 0.0, _scores(words))), limit)
        return self._with_vector(query, vector, lexical, limit, until)

    def _with_vector(
        self, query: Query, vector: Sequence[float], lexical: Json | None, limit: int, until: float
    ) -> tuple[FoundPassage, ...]:
        most = _MOST + max(0, limit)
        asked = [
            self._nearest(vector, most, query.tags),
            self._nearest(vector, 1),
            self._nearest([-each for each in vector], 1),
        ]
        near, highest, farthest, *rest = self._search([*asked, *([lexical] if lexical else [])], until)
        words = rest[0] if rest else {}
        missing = [number for number in words if number not in near]
        near = {**near, **self._exactly(vector, missing, until)}
        if not near:
            return ()
        cosines = {number: 2.0 * hit.score - 1.0 for number, hit in near.items()}
        top = _cosine(highest)
        lowest = -_cosine(farthest)
        nearest = max(cosines, key=lambda number: (cosines[number], -number))
        tells = words_tell(query.text, near[nearest].passage.language)
        scores = fused(cosines, lowest, top, _scores(words) if tells else {})
        return _best({**words, **near}, cosines, _scores(words), scores, limit)

    def _lexical_query(self, query: Query) -> Json | None:
        terms = terms_of(query.text, query.synonyms)
        if not terms:
            return None
        language = detect_language(query.text, "")
        fields = [BODY, *([f"{BODY}.{language}"] if language in LANGUAGES else [])]
        wanted = [
            {
                "multi_match": {
                    "query": term,
                    "fields": fields,
                    "type": "phrase" if " " in term else "best_fields",
                }
            }
            for term in terms
        ]
        return {
            "size": _MOST,
            "query": {
                "bool": {"should": wanted, "minimum_should_match": 1, "filter": self._filter(query.tags)}
            },
        }

    def _nearest(self, vector: Sequence[float], most: int, tags: frozenset[str] = frozenset()) -> Json:
        wanted = {"vector": list(vector), "k": most, "filter": {"bool": {"filter": self._filter(tags)}}}
        return {"size": most, "query": {"knn": {VECTOR: wanted}}}

    def _exactly(self, vector: Sequence[float], numbers: Sequence[int], until: float) -> _Hits:
        """Cosines of passages that have the words and aren't among the nearest."""
        if not numbers:
            return {}
        script = {
            "lang": "knn",
            "source": "knn_score",
            "params": {"field": VECTOR, "query_value": list(vector), "space_type": "cosinesimil"},
        }
        among = {"bool": {"filter": [*self._filter(), {"terms": {"number": list(numbers)}}]}}
        asked = {"size": len(numbers), "query": {"script_score": {"query": among, "script": script}}}
        (found,) = self._search([asked], until)
        # The script gives 1 + cosine, the graph (1 + cosine) / 2.
        return {number: _Hit(hit.passage, hit.score / 2.0) for number, hit in found.items()}

    def _filter(self, tags: frozenset[str] = frozenset()) -> list[Json]:
        return of_version(self._ref, self._version, tags)

    def _search(self, queries: Sequence[Json], until: float) -> list[dict[int, _Hit]]:
        """One round trip for all; hits by number."""
        lines: list[Json] = []
        for query in queries:
            lines += [{}, {**query, "_source": ["number", "passage"], "track_total_hits": False}]
        with translated():
            answers = self._client.msearch(body=lines, index=self._index, params=within(until))["responses"]
        return [_hits(answer) for answer in answers]


def _hits(answer: Mapping[str, Any]) -> dict[int, _Hit]:
    if "error" in answer:
        raise error_of(int(answer.get("status", 500)))
    found = answer["hits"]["hits"]
    return {hit["_source"]["number"]: _Hit(passage_of(hit["_source"]), float(hit["_score"])) for hit in found}


def _cosine(hits: _Hits) -> float:
    return max((2.0 * hit.score - 1.0 for hit in hits.values()), default=0.0)


def _scores(hits: Mapping[int, _Hit | float]) -> dict[int, float]:
    return {number: hit.score if isinstance(hit, _Hit) else hit for number, hit in hits.items()}


def _best(
    hits: _Hits,
    dense: Mapping[int, float],
    lexical: Mapping[int, float],
    scores: Mapping[int, float],
    limit: int,
) -> tuple[FoundPassage, ...]:
    best = sorted(scores, key=lambda number: (-scores[number], number))[: max(0, limit)]
    return tuple(
        FoundPassage(hits[n].passage, scores[n], dense.get(n, 0.0), lexical.get(n, 0.0)) for n in best
    )
