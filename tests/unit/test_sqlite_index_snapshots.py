"""Snapshots: fetched once, whole or not at all, bounded in number, shared without harm."""

import hashlib
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sahut.adapters.sqlite_index.build import SqliteIndexWriter
from sahut.adapters.sqlite_index.snapshots import Snapshots
from sahut.domain.answer import Passage
from sahut.domain.errors import Refused, TryAgain
from sahut.ports.passages import Entry, Query


def write(path: Path, text: str, version: str) -> None:
    entries = [Entry(Passage("p", "d", "T", text))]
    SqliteIndexWriter(path).write(entries, version=version, embedder="", dimensions=0)


class Bucket:
    """Objects by key, and what was fetched of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fetched: list[str] = []

    def put(self, version: str) -> tuple[str, str]:
        """Key and hash of an index with one passage that names the version."""
        path = self.folder / version
        write(path, f"content {version}", version)
        return version, hashlib.sha256(path.read_bytes()).hexdigest()

    def download(self, key: str, path: Path) -> None:
        self.fetched.append(key)
        shutil.copyfile(self.folder / key, path)


@pytest.fixture
def bucket(tmp_path: Path) -> Bucket:
    (tmp_path / "bucket").mkdir()
    return Bucket(tmp_path / "bucket")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "deep"


def test_fetched_once_and_opened_again(bucket: Bucket, folder: Path) -> None:
    key, digest = bucket.put("v1")
    snapshots = Snapshots(folder, bucket.download)
    first = snapshots.open(key, digest)
    assert first.version == "v1"
    assert snapshots.open(key, digest) is first
    # Another process, the same disk.
    assert Snapshots(folder, bucket.download).open(key, digest).version == "v1"
    assert bucket.fetched == ["v1"]


def test_a_damaged_download_leaves_nothing(bucket: Bucket, folder: Path) -> None:
    key, digest = bucket.put("v1")

    def cut_short(key: str, path: Path) -> None:
        path.write_bytes(b"half a fi")

    with pytest.raises(TryAgain):
        Snapshots(folder, cut_short).open(key, digest)
    assert list(folder.iterdir()) == []
    assert Snapshots(folder, bucket.download).open(key, digest).version == "v1"


def test_a_failing_download_leaves_nothing(bucket: Bucket, folder: Path) -> None:
    key, digest = bucket.put("v1")

    def broken(key: str, path: Path) -> None:
        path.write_bytes(b"half")
        raise TryAgain("the network")

    with pytest.raises(TryAgain, match="the network"):
        Snapshots(folder, broken).open(key, digest)
    assert list(folder.iterdir()) == []


def test_only_the_last_used_files_are_kept(bucket: Bucket, folder: Path) -> None:
    snapshots = Snapshots(folder, bucket.download, keep=2)
    objects = [bucket.put(f"v{n}") for n in range(4)]
    opened = []
    for n, (key, digest) in enumerate(objects):
        opened.append(snapshots.open(key, digest))
        os.utime(folder / f"{digest}.sqlite", (n, n))
    assert {path.stem for path in folder.iterdir()} == {digest for _, digest in objects[2:]}
    # What is open stays readable.
    assert opened[0].find(Query("content"), 1)[0].passage.text == "content v0"
    assert snapshots.open(*objects[0]).version == "v0"
    assert bucket.fetched.count("v0") == 2


def test_large_files_are_kept_only_as_far_as_they_fit(bucket: Bucket, folder: Path) -> None:
    objects = [bucket.put(f"v{n}") for n in range(4)]
    size = (bucket.folder / "v0").stat().st_size
    snapshots = Snapshots(folder, bucket.download, keep=4, keep_bytes=2 * size)
    for n, (key, digest) in enumerate(objects):
        snapshots.open(key, digest)
        os.utime(folder / f"{digest}.sqlite", (n, n))
    assert {path.stem for path in folder.iterdir()} == {digest for _, digest in objects[2:]}
    assert bucket.fetched == ["v0", "v1", "v2", "v3"]
    shutil.rmtree(folder)
    # In memory too: the last two are open, the one before has to be fetched again.
    for key, digest in (objects[3], objects[2], objects[1]):
        assert snapshots.open(key, digest).version == key
    assert bucket.fetched[4:] == ["v1"]


def test_the_last_one_is_kept_however_large_it_is(bucket: Bucket, folder: Path) -> None:
    key, digest = bucket.put("v1")
    snapshots = Snapshots(folder, bucket.download, keep_bytes=1)
    assert snapshots.open(key, digest) is snapshots.open(key, digest)
    assert [path.stem for path in folder.iterdir()] == [digest]


def test_a_wiped_directory_is_filled_again(bucket: Bucket, folder: Path) -> None:
    key, digest = bucket.put("v1")
    snapshots = Snapshots(folder, bucket.download)
    snapshots.open(key, digest)
    shutil.rmtree(folder)
    assert snapshots.open(key, digest).version == "v1"
    assert Snapshots(folder, bucket.download).open(key, digest).version == "v1"


def test_versions_are_told_apart_by_content_and_not_by_key(bucket: Bucket, folder: Path) -> None:
    snapshots = Snapshots(folder, bucket.download)
    _, first = bucket.put("v1")
    snapshots.open("v1", first)
    write(bucket.folder / "v1", "new", "v2")
    second = hashlib.sha256((bucket.folder / "v1").read_bytes()).hexdigest()
    assert snapshots.open("v1", second).version == "v2"


@pytest.mark.parametrize("digest", ["", "abc", "../" * 21 + "x", "/" * 64])
def test_a_hash_is_a_hash(bucket: Bucket, folder: Path, digest: str) -> None:
    with pytest.raises(Refused):
        Snapshots(folder, bucket.download).open("v1", digest)


def test_an_object_that_is_no_index_is_refused(bucket: Bucket, folder: Path) -> None:
    (bucket.folder / "x").write_bytes(b"hello")
    with pytest.raises(Refused):
        Snapshots(folder, bucket.download).open("x", hashlib.sha256(b"hello").hexdigest())


def test_many_at_once(bucket: Bucket, folder: Path) -> None:
    objects = [bucket.put(f"v{n}") for n in range(6)]
    shared = [Snapshots(folder, bucket.download, keep=3) for _ in range(3)]

    def use(n: int) -> bool:
        key, digest = objects[n % 6]
        try:
            passages = shared[n % 3].open(key, digest)
        except TryAgain:  # another one removed the file in between: asked for, and repeated by the workflow
            return True
        return (
            passages.version == key and passages.find(Query("content"), 1)[0].passage.text == f"content {key}"
        )

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(use, range(300)))
    assert len(list(folder.glob("*.sqlite"))) <= 6
    assert list(folder.glob("*.part")) == []
