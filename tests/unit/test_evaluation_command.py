"""`sahut eval`: a folder in, a table and JSON out; a bad folder is said to be one, in one line."""

import argparse
import json
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from sahut.adapters.sqlite_index.passages import SqlitePassages
from sahut.ports.parser import DocumentUnreadable, ParsedDocument, Unreadable
from sahut.runtime.cli_eval import BadSet, build, main, read_set, register
from sahut.runtime.vector_cache import CachedEmbedder

PAPUA = '{"id": "a", "question": "Berapa ongkir ke Papua?", "language": "id", "answerable": true, '
PAPUA += '"documents": ["ongkir.md"], "answer": "Rp85.000", "kind": "plain"}'
RENDANG = '{"id": "b", "question": "Siapa penemu telepon?", "language": "id", "answerable": false}'


def dataset(folder: Path, *lines: str, documents: dict[str, bytes] | None = None) -> Path:
    (folder / "documents").mkdir()
    texts = documents or {
        "ongkir.md": b"# Ongkos kirim\n\nOngkir ke Papua Rp85.000 per kilogram.\n",
        "retur.md": b"# Retur\n\nBarang dapat dikembalikan dalam 14 hari.\n",
    }
    for name, text in texts.items():
        (folder / "documents" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "documents" / name).write_bytes(text)
    (folder / "questions.jsonl").write_text("\n".join(lines or (PAPUA, RENDANG)) + "\n", encoding="utf-8")
    return folder


def test_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "made/report.json"
    folder = dataset(tmp_path)
    assert main([str(folder), "--lexical", "--out", str(out), "--cache", str(tmp_path / "cache")]) == 0
    report = json.loads(out.read_text(encoding="utf-8"))
    assert set(report["retrieval"]) == {"recall_at_1", "recall_at_5", "mrr_at_10", "ndcg_at_10"}
    wanted = {
        "answered",
        "cited_right_document",
        "wrongly_handed_over",
        "wrongly_answered",
        "auroc_answerable",
    }
    assert wanted <= set(report["answering"])
    assert {"p50", "p95"} <= set(report["latency_ms"])
    assert {"passages", "seconds", "bytes"} <= set(report["index"])
    numbers = [
        value for part in ("retrieval", "answering", "latency_ms") for value in report[part].values()
    ] + [report["index"][name] for name in ("passages", "seconds", "bytes")]
    assert all(isinstance(number, int | float) for number in numbers)
    assert report["retrieval"]["ndcg_at_10"] == 1.0
    assert report["answering"]["right_outcomes"] == 1.0
    assert report["index"]["passages"] == 2
    assert report["counts"] == {"questions": 2, "answerable": 1, "unanswerable": 1, "answered": 1}
    first, second = report["questions"]
    assert (first["id"], first["cited"], first["right"]) == ("a", ["ongkir.md"], True)
    assert "Rp85.000" in first["text"]
    assert (second["answered"], second["reason"]) == (False, "no_evidence")
    table, summary = capsys.readouterr().out.rsplit("\n{", 1)
    assert "nDCG at 10" in table
    assert "answerable plain" in table
    assert json.loads("{" + summary) == {name: part for name, part in report.items() if name != "questions"}


def test_json_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(dataset(tmp_path)), "--lexical", "--json", "--cache", str(tmp_path / "c")]) == 0
    assert len(json.loads(capsys.readouterr().out)["questions"]) == 2


class Picky:
    """Reads Markdown only."""

    def parse(self, file: Path, name: str) -> ParsedDocument:
        if not name.endswith(".md"):
            raise DocumentUnreadable(Unreadable.UNSUPPORTED, "save it as Markdown")
        return ParsedDocument(file.read_text(encoding="utf-8"), title="Read by Picky")


def test_a_document_that_cannot_be_read_is_named_and_skipped(tmp_path: Path) -> None:
    documents = {"ongkir.md": b"Ongkir ke Papua Rp85.000 per kilogram.", "old.doc": b"..."}
    chosen = read_set(dataset(tmp_path, documents=documents))
    built = build(chosen.documents, tmp_path / "index.sqlite", None, Picky())
    assert built.skipped == (("old.doc", "save it as Markdown"),)
    assert (built.documents, built.passages) == (1, 1)
    with closing(SqlitePassages(tmp_path / "index.sqlite")) as passages:
        assert [entry.passage.title for entry in passages.entries()] == ["Read by Picky"]


def test_documents_of_several_formats_are_read_as_the_product_reads_them(tmp_path: Path) -> None:
    page = b"<html><title>Kirim</title><body><h1>Kirim</h1><p>Ke Papua 9 hari.</p></body></html>"
    documents = {"kirim.html": page, "harga.csv": b"barang,harga\nkemeja,12\nsyal,9\n", "leer.txt": b" \n"}
    chosen = read_set(dataset(tmp_path, PAPUA.replace("ongkir.md", "kirim.html"), documents=documents))
    built = build(chosen.documents, tmp_path / "index.sqlite", None)
    assert [name for name, _ in built.skipped] == ["leer.txt"]
    with closing(SqlitePassages(tmp_path / "index.sqlite")) as passages:
        text = " ".join(entry.passage.text for entry in passages.entries())
    assert "Ke Papua 9 hari." in text
    assert "<p>" not in text
    assert "syal" in text


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ((PAPUA, "{broken"), "questions.jsonl: line 2: "),
        ((PAPUA, "[1]"), "questions.jsonl: line 2: a question is a JSON object"),
        ((PAPUA, PAPUA), "twice"),
        ((PAPUA.replace("ongkir.md", "pajak.md"),), "question 'a': no document is named 'pajak.md'"),
        ((PAPUA.replace("true", '"yes"'),), "line 1: answerable must be true or false"),
        (("",), "no questions"),
    ],
)
def test_bad_questions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lines: tuple[str, ...], complaint: str
) -> None:
    assert main([str(dataset(tmp_path, *lines))]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert complaint in said.err
    assert said.err.count("\n") == 1


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadSet, match="there is no folder"):
        read_set(tmp_path / "nowhere")
    with pytest.raises(BadSet, match="has no folder documents/"):
        read_set(tmp_path)
    (tmp_path / "documents").mkdir()
    with pytest.raises(BadSet, match=r"has no questions\.jsonl"):
        read_set(tmp_path)
    (tmp_path / "questions.jsonl").write_text(PAPUA)
    with pytest.raises(BadSet, match="is empty"):
        read_set(tmp_path)


def test_a_document_may_be_named_without_its_folder(tmp_path: Path) -> None:
    documents = {"2026/ongkir.md": b"Ongkir.", ".git/x": b"no", "2026/.hidden": b"no"}
    chosen = read_set(dataset(tmp_path, documents=documents))
    assert [name for name, _ in chosen.documents] == ["2026/ongkir.md"]
    assert chosen.questions[0].documents == ("2026/ongkir.md",)


def test_two_documents_of_one_name_are_not_guessed_between(tmp_path: Path) -> None:
    folder = dataset(tmp_path, documents={"2025/ongkir.md": b"Ongkir.", "2026/ongkir.md": b"Ongkir."})
    with pytest.raises(BadSet, match="several documents are named"):
        read_set(folder)


def test_it_is_a_command() -> None:
    parser = argparse.ArgumentParser()
    register(parser.add_subparsers())
    asked = parser.parse_args(["eval", "somewhere", "--out", "r.json"])
    assert (asked.dataset, asked.out, asked.json) == (Path("somewhere"), Path("r.json"), False)
    assert callable(asked.run_alone)


class Counting:
    name, dimensions = "counting", 2

    def __init__(self) -> None:
        self.seen: list[str] = []

    def embed_query(self, text: str) -> list[float]:
        self.seen.append(text)
        return [1.0, 0.0]

    def embed_passages(self, texts: Sequence[str]) -> list[list[float]]:
        self.seen += texts
        return [[0.6, float(len(text))] for text in texts]


def test_vectors_are_made_once(tmp_path: Path) -> None:
    first, second = Counting(), Counting()
    file = tmp_path / "vectors.sqlite"
    made = CachedEmbedder(first, file).embed_passages(["a", "bbb"])
    again = CachedEmbedder(second, file)
    kept = again.embed_passages(["bbb", "a", "cc"])
    assert kept == [pytest.approx(made[1]), pytest.approx(made[0]), pytest.approx([0.6, 2.0])]
    assert (second.seen, again.made) == (["cc"], 1)
    assert made[0] == pytest.approx([0.6, 1.0])
    again.embed_query("a")
    assert second.seen == ["cc", "a"], "queries are never remembered"
