"""Embed a shard: passages into vectors. The slow part of a build, so each shard is done once and kept."""

from collections import Counter
from dataclasses import dataclass

from sahut.contracts.knowledge_tasks import EmbedResult, EmbedTask
from sahut.domain.answer import Passage
from sahut.domain.splitting import text_to_embed
from sahut.ports.embedder import Embedder
from sahut.ports.knowledge import BuildFiles, Documents
from sahut.stages.indexing import vector_bytes
from sahut.stages.shards import read_shard, vectors_bytes, write_vectors

# 32 passages take 4 to 6 s on one processor: how often progress is noted.
_BATCH = 32
_FLOAT16_BYTES = 2


@dataclass(frozen=True, slots=True)
class Embedding:
    embedder: Embedder
    documents: Documents
    files: BuildFiles


def embed_passages(task: EmbedTask, needs: Embedding) -> EmbedResult:
    """Writes one vector per passage of the shard, in order. A shard that is finished stays as it is.

    Raises:
        Refused: the embedder can't work.
    """
    shard = read_shard(task, needs.files, task.shard)
    passages = shard.passages
    whole = len(passages) * needs.embedder.dimensions * _FLOAT16_BYTES
    if vectors_bytes(task, needs.files, shard) != whole:
        rows: list[bytes] = []
        for at in range(0, len(passages), _BATCH):
            some = passages[at : at + _BATCH]
            vectors = needs.embedder.embed_passages([text_to_embed(passage) for passage in some])
            rows += [vector_bytes(vector) for vector in vectors]
            _tell_progress(task, passages[: at + len(some)], some, needs)
        write_vectors(task, needs.files, shard, rows)
    _tell_progress(task, passages, passages, needs)
    return EmbedResult(passages=len(passages))


def _tell_progress(task: EmbedTask, done: list[Passage], latest: list[Passage], needs: Embedding) -> None:
    counts = Counter(passage.document_id for passage in done)
    for name in dict.fromkeys(passage.document_id for passage in latest):
        needs.documents.embedded(task.ref, name, task.shard, counts[name])
