"""`sahut kb`: knowledge bases for people: push a folder, list documents, versions, go back, search."""

from __future__ import annotations

import argparse
import mimetypes
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sahut.domain.errors import NotFound
from sahut.domain.knowledge import (
    MAX_DOCUMENT_BYTES,
    Document,
    DocumentState,
    KnowledgeRef,
    checked_document_name,
)
from sahut.domain.tenant import TenantId

if TYPE_CHECKING:
    from sahut.runtime.bootstrap import Composition
    from sahut.runtime.cli import Commands

_LOOK_AGAIN_S = 1.0
_BAR_WIDTH = 30
_UNFINISHED = (DocumentState.QUEUED, DocumentState.PARSING, DocumentState.EMBEDDING)


def register(commands: Commands) -> None:
    """Adds the command with its actions."""
    kb = commands.add_parser("kb", help="knowledge bases: push, list, versions, activate, search")
    kb.add_argument("--tenant", required=True)
    kb.add_argument("--kb", default="default", help="name of the knowledge base")
    actions = kb.add_subparsers(required=True, metavar="ACTION")
    push = actions.add_parser("push", help="put a folder's files into the knowledge base, and wait")
    push.add_argument("folder", type=Path, metavar="DIR")
    push.add_argument("--tag", action="append", default=[], dest="tags", help="for all of these documents")
    push.add_argument("--no-wait", action="store_true", help="return when the files are uploaded")
    push.set_defaults(run=_push)
    listing = actions.add_parser("list", help="documents and how far they are")
    listing.set_defaults(run=_list)
    actions.add_parser("versions", help="versions, the newest first").set_defaults(run=_versions)
    activate = actions.add_parser("activate", help="make a version live, back or forward")
    activate.add_argument("version")
    activate.add_argument("--reason", default="", help="needed for a version that the gate refused")
    activate.set_defaults(run=_activate)
    search = actions.add_parser("search", help="what would this question find?")
    search.add_argument("query")
    search.add_argument("--version", default="")
    search.set_defaults(run=_search)


def _ref(asked: argparse.Namespace) -> KnowledgeRef:
    try:
        return KnowledgeRef(TenantId(asked.tenant), asked.kb)
    except ValueError as error:
        raise SystemExit(f"sahut: {error}") from None


def _push(made: Composition, asked: argparse.Namespace) -> int:
    from sahut.runtime.compose import manage_knowledge
    from sahut.stages.manage_knowledge import add_document

    ref, needs = _ref(asked), manage_knowledge(made)
    files = dict(_files(asked.folder))
    bar = _Bar("uploading", len(files))
    for name, path in files.items():
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        add_document(ref, name, path.read_bytes(), kind, asked.tags, needs)
        bar.step()
    bar.end()
    return 0 if asked.no_wait else _wait(made, ref, set(files))


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """(document name, file), by name.

    Raises:
        SystemExit: no such folder, nothing in it, or a file that can't be a document.
    """
    if not folder.is_dir():
        raise SystemExit(f"sahut: {folder} is no folder")
    found = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    if not found:
        raise SystemExit(f"sahut: there are no files in {folder}")
    for path in found:
        if path.stat().st_size > MAX_DOCUMENT_BYTES:
            raise SystemExit(f"sahut: {path} has more than 100 MB")
        try:
            yield checked_document_name(path.relative_to(folder).as_posix()), path
        except ValueError as error:
            raise SystemExit(f"sahut: {path}: {error}") from None


def _wait(made: Composition, ref: KnowledgeRef, names: set[str]) -> int:
    """Until every document is indexed or has failed, and no build runs. 1: some failed."""
    bar = _Bar("indexing", len(names))
    while True:
        documents = [each for each in made.knowledge.documents.documents(ref) if each.name in names]
        waiting = [each for each in documents if each.state in _UNFINISHED]
        bar.show(len(names) - len(waiting), _progress(waiting))
        if not waiting and not made.knowledge.builds.build(ref).build_id:
            break
        time.sleep(_LOOK_AGAIN_S)
    bar.end()
    failed = [each for each in documents if each.state is DocumentState.FAILED]
    for each in failed:
        print(f"  {each.name}: {each.reason}. {each.detail}")
    live = made.knowledge.versions.live(ref)
    print(
        f"{len(documents) - len(failed)} indexed, {len(failed)} failed; live: {live.version if live else '-'}"
    )
    return 1 if failed else 0


def _progress(waiting: list[Document]) -> str:
    counts = Counter(each.state.value for each in waiting)
    passages = sum(each.passages for each in waiting)
    done = sum(each.embedded for each in waiting)
    words = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    return f"{words}; {done} of {passages} passages" if passages else words


def _list(made: Composition, asked: argparse.Namespace) -> int:
    for each in made.knowledge.documents.documents(_ref(asked)):
        progress = f"{each.embedded}/{each.passages}" if each.passages else "-"
        print(each.state.value.ljust(10), progress.rjust(9), each.name, each.detail, sep="  ")
    return 0


def _versions(made: Composition, asked: argparse.Namespace) -> int:
    ref = _ref(asked)
    live = made.knowledge.versions.live(ref)
    for each in made.knowledge.versions.versions(ref):
        mark = "live" if live and live.version == each.version else each.state.value
        built = datetime.fromtimestamp(each.built_at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        right = each.quality.get("right_outcomes")
        quality = "" if right is None else f"right outcomes {right:.1%}"
        print(
            each.version, mark.ljust(6), built, f"{each.documents} documents", quality, each.refused, sep="  "
        )
    return 0


def _activate(made: Composition, asked: argparse.Namespace) -> int:
    from sahut.runtime.compose import manage_knowledge
    from sahut.stages.manage_knowledge import choose_version

    choose_version(_ref(asked), asked.version, "command line", asked.reason, manage_knowledge(made))
    print(f"{asked.version} is live")
    return 0


def _search(made: Composition, asked: argparse.Namespace) -> int:
    from sahut.contracts.knowledge_tasks import SearchTask

    ref = _ref(asked)
    task = SearchTask(
        tenant_id=str(ref.tenant), knowledge_base=ref.name, query=asked.query, version=asked.version
    )
    found = made.knowledge.searching.call(task.model_dump(mode="json"))
    verdict = "enough to answer" if found["enough"] else "not enough to answer"
    print(f"evidence {found['evidence']:.2f}, {verdict}; version {found['version']}")
    for number, hit in enumerate(found["passages"], start=1):
        page = f", page {hit['page']}" if hit["page"] else ""
        print(f"{number:2}  {hit['score']:.3f}  {hit['document']}{page}  {hit['title']} > {hit['heading']}")
    if not found["passages"]:
        raise NotFound("passage that fits")
    return 0


class _Bar:
    """A progress bar on a terminal's standard error; a line at the end elsewhere."""

    def __init__(self, what: str, total: int) -> None:
        self._what = what
        self._total = total
        self._done = 0

    def step(self) -> None:
        self._done += 1
        self.show(self._done)

    def show(self, done: int, more: str = "") -> None:
        self._done = done
        if sys.stderr.isatty():
            filled = _BAR_WIDTH * done // max(1, self._total)
            bar = "█" * filled + "░" * (_BAR_WIDTH - filled)
            print(f"\r\x1b[K{self._what} {bar} {done}/{self._total}  {more}", end="", file=sys.stderr)

    def end(self) -> None:
        if sys.stderr.isatty():
            print(file=sys.stderr)
        else:
            print(f"{self._what}: {self._done} of {self._total}", file=sys.stderr)
