"""The figures of bench.knowledge_build as tables, and what they would be for a larger base."""

from collections.abc import Iterator

from bench.figures import OURS, Ingestion, KnowledgeBuild, KnowledgeFigures
from bench.tables import table

# The Map of reindex_knowledge, and the smallest shard that planning makes.
MOST_WORKERS = 40
LARGE_PAGES = 1_000
_STATES = ("plan", "read", "embed", "build", "check", "activate")


_SIDES = (
    "One core for each side, its store included; the same documents and the same embedder, one embedding "
    "process, one thread:"
)
_STATES_SAID = (
    "Seconds by state, one and two embedding processes on as many cores; then many small documents in one "
    "build, and the build after one of them changed:"
)


def knowledge_tables(figures: KnowledgeFigures) -> str:
    return "\n\n".join(
        (
            _SIDES,
            _sides(figures.ingestions),
            "\n".join(f"- {line}" for line in _ratios(figures.ingestions)),
            _STATES_SAID,
            _builds((*figures.builds, figures.many, figures.changed)),
            f"{LARGE_PAGES:,} pages, calculated from the pages above and not measured:",
            _larger(figures.builds),
        )
    )


def _sides(ingestions: tuple[Ingestion, ...]) -> str:
    header = (
        "side", "split", "pages", "passages", "characters each", "seconds", "beside embedding, s",
        "passages/s", "pages/s", "processor, ms per 1,000 characters", "others' processor, s",
    )  # fmt: skip
    rows = [
        (
            each.side,
            each.split,
            each.pages,
            each.passages,
            round(each.characters / each.passages),
            f"{each.seconds:.1f}",
            f"{each.seconds - each.embed_s:.1f}",
            f"{each.passages / each.seconds:.2f}",
            f"{each.pages / each.seconds:.2f}",
            round(1e6 * each.cpu_s / each.characters),
            f"{each.others_s:.1f}",
        )
        for each in ingestions
    ]
    return table(header, rows)


def _ratios(ingestions: tuple[Ingestion, ...]) -> Iterator[str]:
    """Of all rounds together."""
    by_way: dict[tuple[str, str], list[Ingestion]] = {}
    for each in ingestions:
        by_way.setdefault((each.side, each.split), []).append(each)
    ours = next(rounds for (side, _), rounds in by_way.items() if side == OURS)
    for (side, split), peers in by_way.items():
        if side == OURS:
            continue
        ratios = {
            "passages/s": _rate(ours, "passages", "seconds") / _rate(peers, "passages", "seconds"),
            "pages/s": _rate(ours, "pages", "seconds") / _rate(peers, "pages", "seconds"),
            "characters embedded/s": _rate(ours, "characters", "seconds")
            / _rate(peers, "characters", "seconds"),
            "characters embedded/processor s": _rate(ours, "characters", "cpu_s")
            / _rate(peers, "characters", "cpu_s"),
        }
        listed = ", ".join(f"{name} {ratio:.2f} ×" for name, ratio in ratios.items())
        yield f"{OURS} ÷ {side} ({split}): {listed}"


def _rate(rounds: list[Ingestion], what: str, seconds: str) -> float:
    done = sum(float(getattr(each, what)) for each in rounds)
    return done / sum(float(getattr(each, seconds)) for each in rounds)


def _builds(builds: tuple[KnowledgeBuild, ...]) -> str:
    header = (
        "documents", "pages", "workers", "cores", "passages", "embedded", "shards",
        *_STATES, "all", "passages/s",
    )  # fmt: skip
    rows = [
        (
            build.documents,
            build.pages or "–",
            build.workers,
            build.cores,
            build.passages,
            build.embedded,
            len(build.shards),
            *(f"{build.seconds[state]:.2f}" for state in _STATES),
            f"{build.total:.1f}",
            f"{build.embedded / build.total:.2f}",
        )
        for build in builds
    ]
    return table(header, rows)


def _larger(builds: tuple[KnowledgeBuild, ...]) -> str:
    """Embedding is divided among the workers, all else grows with the pages and is not divided.

    More workers than were measured: each as fast as the one that had a core for itself.
    """
    one = builds[0]
    passages = LARGE_PAGES * one.passages / one.pages
    workers = {build.workers: build for build in builds} | {MOST_WORKERS: one}
    rows = []
    for count, build in workers.items():
        embed_s = passages * build.a_passage_s / count
        rest_s = (build.total - build.seconds["embed"]) * LARGE_PAGES / build.pages
        rows.append((count, f"{passages:,.0f}", f"{embed_s / 60:.1f}", f"{rest_s:.0f}"))
    return table(("workers", "passages", "embedding, min", "all else, s"), rows)
