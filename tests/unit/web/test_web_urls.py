"""Any string is a web address in one spelling or is refused; names of documents tell addresses apart."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sahut.adapters.web import Manners, PoliteFetcher
from sahut.domain.knowledge import checked_document_name
from sahut.domain.web_sources import MAX_URL_CHARACTERS, document_name, web_url
from sahut.ports.web import PageFailed, PageRefused, PageRequest

PARTS = st.text(alphabet="abAB01.-_~%/:@?#[]=&é。１ \\\t\u202e", max_size=20)
ADDRESSES = st.text(max_size=60) | st.builds(
    "{}://{}/{}".format, st.sampled_from(["http", "https", "HTTPS", "ftp"]), PARTS, PARTS
)
PATHS = st.text(alphabet="ab~-_./?%2Eéindex.html", max_size=30)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://example.com", "https://example.com/"),
        ("HTTPS://Example.COM.:443/A#part", "https://example.com/A"),
        ("http://example.com:8080/?", "http://example.com:8080/"),
        ("https://example.com/a/./b/../c", "https://example.com/a/c"),
        ("https://example.com/%2e%2e/%2E/x", "https://example.com/x"),
        ("https://example.com/a/..", "https://example.com/"),
        ("https://example.com/caf%c3%a9?q=%7e", "https://example.com/caf%C3%A9?q=~"),
        ("https://example.com/café", "https://example.com/caf%C3%A9"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://example。com/", "https://example.com/"),
        ("https://8.8.8.8/", "https://8.8.8.8/"),
        ("https://[2606:4700:0::1]:8443/", "https://[2606:4700::1]:8443/"),
        ("https://example.com/100%", "https://example.com/100%25"),
    ],
)
def test_one_spelling(text: str, url: str) -> None:
    assert str(web_url(text)) == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.com",
        "//example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://",
        "https:///path",
        "https://user@example.com/",
        "https://example.com@10.0.0.1/",
        "https://example.com\\@10.0.0.1/",
        "https://exam ple.com/",
        "https://example.com/a b",
        "https://example.com/\n",
        "https://example.com:0/",
        "https://example.com:65536/",
        "https://example.com:x/",
        "https://-a.example/",
        "https://a..example/",
        "https://ex%61mple.com/",
        "https://[::1",
        "https://[fe80::1%25eth0]/",
        "https://[127.0.0.1]/",
        "https://0x7f000001/",
        "https://017700000001/",
        "https://1.2.3/",
        "https://" + "a" * 64 + ".example/",
        "https://example.com/" + "a" * MAX_URL_CHARACTERS,
    ],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match=r"^[a-z][^%\\]*$") as caught:
        web_url(text)

    assert not text or text not in str(caught.value)


@given(ADDRESSES)
@example("http://[::ffff:10.0.0.1]/")
def test_any_string_is_an_address_in_one_spelling_or_none(text: str) -> None:
    try:
        url = web_url(text)
    except ValueError:
        return
    assert web_url(str(url)) == url
    assert str(url).isascii()
    assert url.target.startswith("/")
    assert not {"..", "."} & set(url.target.partition("?")[0].split("/"))


@given(ADDRESSES)
def test_any_string_is_looked_for_or_refused(text: str) -> None:
    """Nothing else ever comes out of the fetcher, and it resolves nothing but host names."""
    asked: list[str] = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append(host)
        return []

    with pytest.raises((PageRefused, PageFailed)):
        PoliteFetcher(Manners(interval_s=0.0), resolver=resolver).get(PageRequest(text), 5.0)

    assert all(host.isascii() and "@" not in host and "/" not in host for host in asked)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("https://example.com/", "web/example.com/index.html"),
        ("https://example.com/help/", "web/example.com/help/index.html"),
        ("https://example.com/help/returns.html", "web/example.com/help/returns.html"),
        ("https://example.com/Harga_2026.pdf", "web/example.com/Harga_2026.pdf"),
        ("https://example.com/help/index.html", "web/example.com/help/index~"),
        ("https://example.com/café", "web/example.com/café~"),
        ("https://example.com/p?id=7", "web/example.com/p~"),
        ("http://example.com/a.pdf", "web/example.com/a~"),
        ("https://example.com:8443/a", "web/example.com/a~"),
        ("https://example.com//a", "web/example.com/-/a~"),
    ],
)
def test_names_are_readable(text: str, name: str) -> None:
    found = document_name(web_url(text))

    assert found == name or (name.endswith("~") and found.startswith(name))


@given(st.lists(PATHS, min_size=2, max_size=8, unique=True), st.sampled_from(["https", "http"]))
def test_names_tell_addresses_apart(paths: list[str], scheme: str) -> None:
    urls = {web_url(f"{scheme}://example.com/{path}") for path in paths}

    names = {document_name(url) for url in urls}

    assert len(names) == len(urls)
    assert all(checked_document_name(name) == name for name in names)


@given(st.text(alphabet="aé漢/.?-", max_size=600))
def test_names_are_names_however_long_the_address_is(path: str) -> None:
    try:
        url = web_url("https://example.com/" + path)
    except ValueError:
        return
    assert checked_document_name(document_name(url))


def test_the_end_of_a_long_address_counts() -> None:
    long = "https://example.com/" + "a" * 1_500

    names = {document_name(web_url(long + end)) for end in ("", "b", ".pdf")}

    assert len(names) == 3
    assert max(len(name.encode()) for name in names) <= 800
