"""HTML, Markdown, plain text, CSV, e-mail."""

import email.message
from pathlib import Path

import pytest

from sahut.adapters.parsers import FileParser
from sahut.domain.splitting import split_document
from sahut.ports.parser import Unreadable
from tests.unit.parsers.conftest import Read, Refuse

SEEDED = sorted((Path(__file__).resolve().parents[3] / "sandbox/seed_data").glob("*/documents/*.md"))

PAGE = """<!doctype html>
<html><head><title>Delivery &amp; cost</title><base href="https://shop.example/help/"></head><body>
<nav>Home</nav><header>Logo</header><aside>Read also</aside>
<main><h1>Biaya <em>kirim</em></h1>
<p>See <a href="tarif?a=(b)">the tariff</a>, <a href="javascript:x()">nothing</a>.<br>A second line
 that goes on.</p>
<ul><li>one<ul><li>inside</li></ul></li><li><p>two</p></li></ul>
<table><caption>Prices</caption><thead><tr><th>City<th>Price<script>no</script></tr></thead>
<tr><td rowspan=2>Papua<td>1 | 2</tr><tr><td>3</tr><tr><td colspan=2>Java</table>
<details><summary>How long?</summary>Two days.</details>
<table><tr><td><h2>Framed</h2><p>By a table.</p></td><td>Aside</td></tr></table>
<pre>x  y
z</pre><p hidden>Not yet</p><button>Buy</button><script>var x = "no"</script>
<a href="https://y.example"><h3>A card</h3><p>leads on</p></a></main>
<footer>Contact</footer></body></html>"""


def test_html_is_what_a_visitor_reads(read: Read) -> None:
    parsed = read("x.html", PAGE.encode())
    assert parsed.title == "Delivery & cost"
    assert parsed.text == (
        "# Biaya kirim\n\n"
        "See [the tariff](https://shop.example/help/tarif?a=%28b%29), nothing.\n"
        "A second line that goes on.\n\n"
        "- one\n  - inside\n- two\n\n"
        "| City | Price |\n| --- | --- |\n| Papua | 1 \\| 2 |\n| Papua | 3 |\n| Java |  |\n\n"
        "How long?\n\nTwo days.\n\n"
        "## Framed\n\nBy a table.\n\nAside\n\n"
        "```\nx  y\nz\n```\n\n"
        "### A card\n\nleads on"
    )


def test_html_without_a_main_part_is_read_whole(read: Read) -> None:
    assert read("x.html", b"<html><body><p>One<p>Two</body></html>").text == "One\n\nTwo"


def test_a_small_main_part_does_not_hide_the_page(read: Read) -> None:
    page = f"<html><body><main>Menu</main><div>{'All the text. ' * 20}</div></body></html>"
    assert "All the text." in read("x.html", page.encode()).text


def test_html_nested_very_deep_is_read(read: Read) -> None:
    assert read("x.html", b"<html><body>" + b"<div>" * 5_000 + b"deep").text == "deep"


@pytest.mark.parametrize("path", SEEDED, ids=lambda path: path.name)
def test_markdown_stays_as_it_is(read: Read, path: Path) -> None:
    assert read(path.name, path.read_bytes()).text == path.read_text("utf-8").strip()


def test_markdown_with_front_matter_and_underlined_headings(read: Read) -> None:
    text = (
        b"---\ntitle: 'House rules'\ntags: [a]\n---\nRules\n=====\n\nText.\n\nMore\n----\n\n"
        b"```\ncode\n====\n```\n"
    )
    parsed = read("x.md", text)
    assert parsed.title == "House rules"
    assert parsed.text == "# Rules\n\nText.\n\n## More\n\n```\ncode\n====\n```"
    assert [p.heading for p in split_document("x.md", parsed.text, title="t")] == ["Rules", "Rules > More"]


def test_a_rule_below_a_paragraph_is_no_heading(read: Read) -> None:
    assert read("x.md", b"One line\nand another\n---\nEnd").text == "One line\nand another\n---\nEnd"


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.csv", b'name;price\nA;1\n"B; C";2', "| name | price |\n| --- | --- |\n| A | 1 |\n| B; C | 2 |"),
        ("a.tsv", b"name\tprice\nA\t1", "| name | price |\n| --- | --- |\n| A | 1 |"),
        ("a.csv", b"sep=|\nname|price\nA|1", "| name | price |\n| --- | --- |\n| A | 1 |"),
        ("a.csv", b"city\nBandung\nMedan", "| city |\n| --- |\n| Bandung |\n| Medan |"),
        ("a.csv", b'q,a\n"two\nlines",x|y', "| q | a |\n| --- | --- |\n| two lines | x\\|y |"),
        ("a.txt", b"a,b,c\n1,2,3\n4,5,6", "| a | b | c |\n| --- | --- | --- |\n| 1 | 2 | 3 |\n| 4 | 5 | 6 |"),
    ],
)  # fmt: skip
def test_delimited_text_is_a_table(read: Read, name: str, data: bytes, expected: str) -> None:
    assert read(name, data).text == expected


def test_prose_with_commas_is_no_table(read: Read) -> None:
    prose = b"We ship daily, also on Sunday.\nPay by card, in cash, or later.\nAsk us, please.\n"
    assert "|" not in read("x.txt", prose).text


def test_a_table_whose_quotation_mark_never_ends_still_gives_a_reason(refuse: Refuse) -> None:
    data = b'a,b\n1,"' + b"x" * 1_100_000
    assert refuse("x.csv", data)[0] is Unreadable.CORRUPT


def mail(text: str, html: str = "") -> bytes:
    message = email.message.EmailMessage()
    message["From"] = "Budi <budi@shop.example>"
    message["To"] = "all@shop.example"
    message["Date"] = "Mon, 05 Jan 2026 09:00:00 +0700"
    message["Subject"] = "Café: new hours"
    message.set_content(text, charset="utf-8")
    if html:
        message.add_alternative(html, subtype="html")
    message.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="hours.pdf")
    return message.as_bytes()


def test_mail_has_subject_people_text_and_names_of_attachments(read: Read) -> None:
    parsed = read("x.eml", mail("We open at 9 → 17.\n", "<p>Not this one</p>"))
    assert parsed.title == "Café: new hours"
    assert parsed.text == (
        "# Café: new hours\n\nFrom: Budi <budi@shop.example>\n\nTo: all@shop.example\n\n"
        "Date: Mon, 05 Jan 2026 09:00:00 +0700\n\nWe open at 9 → 17."
    )
    assert parsed.notes == ("An attachment was left out: hours.pdf. Upload it by itself.",)


def test_mail_with_nothing_but_html(read: Read) -> None:
    assert read("x.eml", mail("  \n", "<h2>Hours</h2><p>9 to 17</p>")).text.endswith("## Hours\n\n9 to 17")


@pytest.mark.parametrize("name", ["x.html", "x.csv", "x.md", "x.eml", "x.txt"])
@pytest.mark.parametrize("data", [b"", b" \n\t \r\n", "\ufeff\u200f\n".encode()])
def test_a_file_without_text_is_empty(refuse: Refuse, name: str, data: bytes) -> None:
    assert refuse(name, data)[0] is Unreadable.EMPTY


def test_what_is_no_text_never_reaches_it(tmp_path: Path) -> None:
    file = tmp_path / "x"
    told = "a\u202eb\u200f c\x00d\x07e\ufefff\ufffeg\r\nh\u2028i\x85j"
    file.write_bytes(("plain text " * 50 + told).encode("utf-8"))
    assert FileParser().parse(file, "x.txt").text.endswith("ab cdefg\nh\ni\nj")
