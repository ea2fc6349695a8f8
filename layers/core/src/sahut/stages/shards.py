"""The intermediate files of a build, as stages write and read them: shares and shards."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from sahut.contracts.knowledge_tasks import BuildTask
from sahut.domain.answer import Passage
from sahut.domain.knowledge_diff import Indexed, indexed_from
from sahut.ports.knowledge import BuildFiles
from sahut.ports.passages import Entry


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


def read_passages(task: BuildTask, files: BuildFiles, shard: str) -> list[Passage]:
    body = files.get(task.ref, task.build_id, f"{shard}.jsonl").decode()
    return [Passage(**json.loads(line)) for line in body.split("\n") if line]


def write_vectors(task: BuildTask, files: BuildFiles, shard: str, rows: Sequence[bytes]) -> None:
    files.put(task.ref, task.build_id, f"{shard}.f16", b"".join(rows))


def vectors_bytes(task: BuildTask, files: BuildFiles, shard: str) -> int | None:
    return files.size(task.ref, task.build_id, f"{shard}.f16")


def read_entries(task: BuildTask, files: BuildFiles, shard: str) -> Iterator[Entry]:
    """The passages of a shard with their vectors, in order."""
    passages = read_passages(task, files, shard)
    vectors = files.get(task.ref, task.build_id, f"{shard}.f16")
    width = len(vectors) // len(passages) if passages else 0
    for number, passage in enumerate(passages):
        yield Entry(passage, vectors[number * width : (number + 1) * width])
