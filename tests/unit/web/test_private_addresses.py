"""A visitor that runs inside our network must not be sent to places where only we could go."""

import socket
import ssl
import subprocess
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sahut.adapters.web import Manners, PoliteFetcher
from sahut.adapters.web.addresses import is_public, public_addresses
from sahut.domain.web_sources import web_url
from sahut.ports.web import FailureReason, PageFailed, PageRefused, RefusalReason
from tests.unit.web.site import QUICK, Site, fetch, moved, page, running_site, to_this_machine

PRIVATE = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.8",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "203.0.113.5",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::10.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2001::1",
    "2001:db8::1",
    "2002:a00:1::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff0e::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_behind_a_public_name(address: str) -> None:
    with pytest.raises(PageRefused) as caught:
        public_addresses(web_url("https://shop.test/"), lambda host, port: ["8.8.8.8", address])

    assert caught.value.reason is RefusalReason.PRIVATE_ADDRESS
    assert address not in caught.value.detail


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_written_out(address: str) -> None:
    host = f"[{address}]" if ":" in address else address

    with pytest.raises(PageRefused) as caught:
        fetch(f"http://{host}/", fetcher=PoliteFetcher(Manners(interval_s=0.0), resolver=never))

    assert caught.value.reason is RefusalReason.PRIVATE_ADDRESS


def never(host: str, port: int) -> Sequence[str]:
    raise AssertionError("nothing is to be resolved here")


@pytest.mark.parametrize("address", ["8.8.8.8", "::ffff:8.8.8.8", "2606:4700:4700::1111"])
def test_public_addresses(address: str) -> None:
    assert public_addresses(web_url("https://shop.test/"), lambda host, port: [address]) == [address]


@given(st.ip_addresses())
def test_what_is_public_is_also_global_to_the_standard_library(address: IPv4Address | IPv6Address) -> None:
    if is_public(address):
        assert address.is_global
        assert not any((address.is_multicast, address.is_reserved, address.is_loopback, address.is_private))


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "0x7f.1",
        "127.0.0.0x1",
        "１２７.1",
        "1.2.3.4.5",
        "256.1.1.1",
    ],
)
def test_unusual_spellings_of_addresses(host: str) -> None:
    with pytest.raises(PageRefused) as caught:
        fetch(f"http://{host}/", fetcher=PoliteFetcher(Manners(interval_s=0.0), resolver=never))

    assert caught.value.reason is RefusalReason.NOT_AN_ADDRESS


@pytest.mark.parametrize("answer", [["fe80::1%eth0"], ["no address"], []])
def test_a_resolver_that_says_nothing_useful(answer: list[str]) -> None:
    with pytest.raises((PageRefused, PageFailed)):
        public_addresses(web_url("https://shop.test/"), lambda host, port: answer)


def test_a_name_that_leads_nowhere(site: Site) -> None:
    def fails(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(PageFailed) as caught:
        fetch(site.url(), fetcher=PoliteFetcher(QUICK, resolver=fails))

    assert caught.value.reason is FailureReason.UNREACHABLE


def test_the_machine_itself_is_refused_unless_a_test_allows_it(site: Site) -> None:
    site.pages["/"] = page()
    strict = PoliteFetcher(Manners(interval_s=0.0, ports=range(65536)))

    for host in ("127.0.0.1", "localhost", "127.0.0.1."):
        with pytest.raises(PageRefused) as caught:
            fetch(site.url(host=host), fetcher=strict)
        assert caught.value.reason is RefusalReason.PRIVATE_ADDRESS
    assert site.asked == []


@pytest.mark.parametrize("target", ["http://intern.test/", "http://169.254.169.254/latest/meta-data/"])
def test_redirects_to_private_addresses(site: Site, target: str) -> None:
    site.pages["/"] = moved(target)

    def resolver(host: str, port: int) -> Sequence[str]:
        return ["10.0.0.5"] if host == "intern.test" else ["127.0.0.1"]

    with pytest.raises(PageRefused) as caught:
        fetch(site.url(), fetcher=PoliteFetcher(QUICK, resolver=resolver))

    assert caught.value.reason is RefusalReason.PRIVATE_ADDRESS


def test_a_robots_txt_that_redirects_to_a_private_address_allows_nothing(site: Site) -> None:
    site.pages["/robots.txt"] = moved("http://169.254.169.254/")
    site.pages["/"] = page()

    with pytest.raises(PageFailed) as caught:
        fetch(site.url())

    assert caught.value.reason is FailureReason.ROBOTS_UNREACHABLE
    assert site.paths() == ["/robots.txt"]


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(site: Site) -> None:
    """Had anybody but our resolver been asked for the name, nothing would have been found."""
    site.pages["/"] = page(b"checked")
    asked: list[str] = []

    def only_here(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    reply = fetch(site.url(), fetcher=PoliteFetcher(QUICK, resolver=only_here))

    assert reply.body == b"checked"
    assert asked == ["shop.test"] * len(site.asked)  # once for each request: robots.txt, page


def test_a_name_that_turns_private_between_two_requests(site: Site) -> None:
    site.pages["/"] = page()
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])

    with pytest.raises(PageRefused) as caught:
        fetch(site.url(), fetcher=PoliteFetcher(QUICK, resolver=lambda host, port: next(answers)))

    assert caught.value.reason is RefusalReason.PRIVATE_ADDRESS
    assert site.paths() == ["/robots.txt"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For shop.test, and its key, in one file."""
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=shop.test",
    ]
    command += ["-addext", "subjectAltName=DNS:shop.test", "-keyout", "both.pem", "-out", "cert.pem"]
    try:
        subprocess.run(command, cwd=file.parent, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"openssl makes no certificate here: {error}")
    file.write_text(file.read_text() + (file.parent / "cert.pem").read_text())
    return file


def test_over_tls_the_name_is_asked_for_and_has_to_be_the_certificates(certificate: Path) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    names: list[str | None] = []
    server.sni_callback = lambda _, name, __: names.append(name)
    trusting = ssl.create_default_context(cafile=str(certificate))
    with running_site(server) as site:
        site.pages["/"] = page(b"secure")
        fetcher = PoliteFetcher(QUICK, resolver=to_this_machine, tls=trusting)

        assert fetch(site.url(scheme="https"), fetcher=fetcher).body == b"secure"
        assert set(names) == {"shop.test"}

        for host, tls in (("other.test", trusting), ("shop.test", None)):
            fetcher = PoliteFetcher(QUICK, resolver=to_this_machine, tls=tls)
            with pytest.raises(PageFailed) as caught:
                fetch(site.url(host=host, scheme="https"), fetcher=fetcher)
            assert caught.value.reason is FailureReason.INSECURE


def test_plain_http_is_no_tls(site: Site) -> None:
    with pytest.raises(PageFailed) as caught:
        fetch(site.url(scheme="https"))

    assert caught.value.reason is FailureReason.INSECURE


def test_the_list_holds_no_public_address() -> None:
    assert not [text for text in PRIVATE if is_public(ip_address(text)) and "ffff" not in text]
