"""`sam build`, skipped entirely when nothing that it reads has changed.

Each build lies in a folder named by the content of its sources, so that a running stack keeps the
code it was started with while you edit.
"""

import fcntl
import hashlib
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sandbox.sam import sam
from scripts.finish_build import finish

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".sandbox" / "cache"
BUILDS_KEPT = 3
DONE = "done"
# What `sam build` reads. statemachines/ is read by the template edits and belongs to the result.
SOURCES = ("template.yaml", "layers", "functions", "statemachines")
IGNORED_FOLDERS = {"__pycache__", ".mypy_cache", ".ruff_cache"}


def python_runtime() -> str:
    """`sam build` takes wheels for the Python that runs it, so the sandbox deploys that one."""
    return f"python{sys.version_info.major}.{sys.version_info.minor}"


def machine_parameters() -> dict[str, str]:
    """The parameters of template.yaml that this machine decides."""
    return {"PythonRuntime": python_runtime(), "Architecture": architecture()}


def architecture() -> str:
    """Of this machine, as Lambda calls it: functions run here, so wheels must be for it."""
    return "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"


def sources_digest(root: Path = ROOT) -> str:
    """Of every source file's path and content, of the Python that builds and of the processor."""
    digest = hashlib.sha256(f"{python_runtime()} {architecture()}".encode())
    for path in _source_files(root):
        digest.update(f"\0{path.relative_to(root)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _source_files(root: Path) -> list[Path]:
    found: list[Path] = []
    for name in SOURCES:
        top = root / name
        candidates = [top] if top.is_file() else top.rglob("*")
        found += [path for path in candidates if path.is_file() and not IGNORED_FOLDERS & set(path.parts)]
    return sorted(found)


@contextmanager
def build(root: Path = ROOT, cache: Path = CACHE) -> Iterator[Path]:
    """The folder with the built template and artefacts of the present sources; kept while in the block.

    Raises:
        SamFailed: the sources can't be built.
    """
    digest = sources_digest(root)
    folder = cache / "builds" / digest[:16]
    with ExitStack() as in_use:
        with _alone(cache):
            if not (folder / DONE).exists():
                shutil.rmtree(folder, ignore_errors=True)
                _sam_build(root, cache, folder)
                (folder / DONE).touch()
            os.utime(folder)
            lock = in_use.enter_context((folder / DONE).open())
            fcntl.flock(lock, fcntl.LOCK_SH)
            _drop_old_builds(cache / "builds")
        yield folder


def _sam_build(root: Path, cache: Path, folder: Path) -> None:
    command = ["build", "--parallel", "--cached"]
    command += ["--cache-dir", str(cache / "sam"), "--build-dir", str(folder)]
    command += ["--parameter-overrides", *(f"{name}={value}" for name, value in machine_parameters().items())]
    sam(command, cwd=root, log=cache / "sam-build.log")
    finish(folder, byte_code=False)  # Python writes it here by itself, and only for what is used


@contextmanager
def _alone(cache: Path) -> Iterator[None]:
    """Two builds at once (make run beside make test) would share sam's cache: one waits."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _drop_old_builds(builds: Path) -> None:
    """Keeps the newest few (200 MB each), and those that a running stack holds."""
    newest_first = sorted(builds.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in newest_first[BUILDS_KEPT:]:
        if not _held(old / DONE):
            shutil.rmtree(old, ignore_errors=True)


def _held(lock_file: Path) -> bool:
    try:
        with lock_file.open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False  # a build that was broken off
    except BlockingIOError:
        return True
    return False
