"""A real OpenSearch server for tests: the one that is named, one in Docker, or one from Maven's artefacts."""

import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sandbox.processes import free_port

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".sandbox" / "cache" / "opensearch"
VERSION = "2.19.1"
KNN = f"org.opensearch.plugin:opensearch-knn:{VERSION}.0:zip"
IMAGE = f"opensearchproject/opensearch:{VERSION}"
OLDEST_JAVA = 17
READY_WITHIN_S = 120


class NoServer(Exception):
    """There is none to be had here; the text says why, in one line."""


@contextmanager
def running() -> Iterator[str]:
    """The URL of a server that answers, as long as the block lasts.

    Raises:
        NoServer: no way of having one.
    """
    if url := os.environ.get("OPENSEARCH_URL"):
        _wait(url)
        yield url
    elif _works("docker", "info"):
        with _in_docker() as url:
            yield url
    else:
        with _from_maven() as url:
            yield url


@contextmanager
def _in_docker() -> Iterator[str]:
    port = free_port(0)
    command = ["docker", "run", "--rm", "-i", "-p", f"127.0.0.1:{port}:9200"]
    heap = "OPENSEARCH_JAVA_OPTS=-Xms768m -Xmx768m"
    for setting in ("discovery.type=single-node", "DISABLE_SECURITY_PLUGIN=true", heap):
        command += ["-e", setting]
    with _child([*command, IMAGE], port) as url:
        yield url


@contextmanager
def _from_maven() -> Iterator[str]:
    if not shutil.which("mvn") or not shutil.which("java"):
        raise NoServer("no OPENSEARCH_URL, no Docker engine, and no Maven with Java 17")
    libraries = _libraries()
    port, transport = free_port(0), free_port(0)
    with TemporaryDirectory(prefix="sahut-opensearch-") as folder:
        command = ["java", "-Xmx768m", "--add-opens=java.base/java.lang=ALL-UNNAMED"]
        command += ["-cp", f"{libraries}/lib/*:{libraries}/knn/*"]
        command += [str(Path(__file__).parent / "Node.java"), str(port), str(transport), folder]
        with _child(command, port) as url:
            yield url


def _libraries() -> Path:
    """Fetched once; the folder appears when it is complete."""
    done = CACHE / VERSION
    if done.exists():
        return done
    draft = CACHE / f"{VERSION}.part"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    pom = Path(__file__).parent / "pom.xml"
    _maven("-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={draft / 'lib'}")
    _maven("-f", str(pom), "dependency:copy", f"-Dartifact={KNN}", f"-DoutputDirectory={draft}")
    with zipfile.ZipFile(next(draft.glob("*.zip"))) as plugin:
        plugin.extractall(draft / "knn")
    draft.rename(done)
    return done


def _maven(*arguments: str) -> None:
    command = ["mvn", "-q", "-B", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise NoServer(f"Maven can't fetch OpenSearch: {(done.stdout or done.stderr).strip()[:200]!r}")


@contextmanager
def _child(command: list[str], port: int) -> Iterator[str]:
    """Our own node reads our end of a pipe and ends with us, however that is; a container may outlive us."""
    url = f"http://127.0.0.1:{port}"
    with TemporaryDirectory(prefix="sahut-opensearch-log-") as folder:
        log = Path(folder) / "log"
        with log.open("wb") as out:
            child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.STDOUT)
        try:
            _wait(url, child, log)
            yield url
        finally:
            assert child.stdin is not None
            child.stdin.close()
            child.terminate()
            child.wait(20)


def _wait(url: str, child: "subprocess.Popen[bytes] | None" = None, log: Path | None = None) -> None:
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until:
        if child is not None and child.poll() is not None:
            last = log.read_text(errors="replace").strip().splitlines()[-1:] if log else []
            raise NoServer(f"OpenSearch ended at once: {' '.join(last)[:200]}")
        try:
            with urllib.request.urlopen(f"{url}/_cluster/health", timeout=3):
                return
        except urllib.error.HTTPError:
            return  # it answers, and wants a password
        except OSError:
            time.sleep(0.3)
    raise NoServer(f"no OpenSearch answers at {url}")


def _works(*command: str) -> bool:
    try:
        return subprocess.run(command, check=False, capture_output=True, timeout=20).returncode == 0
    except OSError:
        return False
