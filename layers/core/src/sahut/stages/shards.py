"""The intermediate files of a build, as stages write and read them: shares and shards."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256

from sahut.contracts.knowledge_tasks import BuildTask
from sahut.domain.answer import Passage
from sahut.domain.knowledge_diff import Indexed, indexed_from
from sahut.ports.knowledge import BuildFiles
from sahut.ports.passages import Entry


@dataclass(frozen=True, slots=True)
class Shard:
    """vectors: the file of its vectors. It is named by what the passages say: a build goes around more than
    once, and each round numbers its shards anew.
    """

    passages: list[Passage]
    vectors: str


def write_share(
    task: BuildTask, files: BuildFiles, share: str, documents: Sequence[Indexed], shards: Sequence[str]
) -> None:
    """What became of the documents of a share, and which shards hold their passages, in order."""
    body = {"documents": [asdict(each) for each in documents], "shards": list(shards)}
    files.put(task.ref, task.build_id, f"share-{share}.json", json.dumps(body).encode())


def read_share(task: BuildTask, files: BuildFiles, share: str) -> tuple[list[Indexed], list[str]]:
    body = json.loads(files.get(task.ref, task.build_id, f"share-{share}.json"))
    return [indexed_from(each) for each in body["documents"]], body["shards"]


def write_passages(task: BuildTask, files: BuildFiles, shard: str, passages: Sequence[Passage]) -> None:
    lines = "\n".join(json.dumps(asdict(passage), ensure_ascii=False) for passage in passages)
    files.put(task.ref, task.build_id, f"{shard}.jsonl", lines.encode("utf-8", "replace"))


def read_shard(task: BuildTask, files: BuildFiles, shard: str) -> Shard:
    body = files.get(task.ref, task.build_id, f"{shard}.jsonl")
    passages = [Passage(**json.loads(line)) for line in body.decode().split("\n") if line]
    return Shard(passages, f"{shard}-{sha256(body).hexdigest()[:20]}.f16")


def write_vectors(task: BuildTask, files: BuildFiles, shard: Shard, rows: Sequence[bytes]) -> None:
    files.put(task.ref, task.build_id, shard.vectors, b"".join(rows))


def vectors_bytes(task: BuildTask, files: BuildFiles, shard: Shard) -> int | None:
    return files.size(task.ref, task.build_id, shard.vectors)


def read_entries(task: BuildTask, files: BuildFiles, shard: str) -> Iterator[Entry]:
    """The passages of a shard with their vectors, in order."""
    read = read_shard(task, files, shard)
    vectors = files.get(task.ref, task.build_id, read.vectors)
    width = len(vectors) // len(read.passages) if read.passages else 0
    for number, passage in enumerate(read.passages):
        yield Entry(passage, vectors[number * width : (number + 1) * width])
