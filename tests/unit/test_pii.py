"""Personal data: found in both languages, hidden from logs, and given back after a model."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sahut.domain.pii import MAX_CHARACTERS, redact
from sahut.domain.pii_vault import Vault, restore, tokenise

REDACTED = [
    ("email saya budi.s+x@mail.co.id ya", "email saya [email] ya"),
    ("write to a_b@x.io.", "write to [email]."),
    ("tulis ke budi [at] mail.com", "tulis ke [email]"),
    ("WA 0812-3456-7890 atau +62 812 3456 7890", "WA [phone] atau [phone]"),
    ("call +44 20 7946 0958 or 0044 20 7946 0958", "call [phone] or [phone]"),
    ("kantor (021) 555-1234, 021-5551234", "kantor [phone], [phone]"),
    ("hp saya 8123456789", "hp saya [phone]"),
    ("０８１２３４５６７８９０", "[phone]"),
    ("0812\u200b3456\u20607890", "[phone]"),
    ("NIK 3174012505900001", "NIK [nik]"),
    ("perempuan: 3174016505900001!", "perempuan: [nik]!"),
    ("npwp 09.254.294.3-407.000", "npwp [npwp]"),
    ("NPWP saya 092542943407000", "NPWP saya [npwp]"),
    ("kartu 4111 1111 1111 1111 ditolak", "kartu [card] ditolak"),
    ("5500-0000-0000-0004", "[card]"),
    ("378282246310005", "[card]"),
    ("to GB82 WEST 1234 5698 7654 32 please", "to [iban] please"),
    ("DE89370400440532013000", "[iban]"),
    ("rekening BCA 1234567890", "rekening BCA [account]"),
    ("no rek saya adalah 123 456 7890", "no rek saya adalah [account]"),
    ("My account number is 12345678", "My account number is [account]"),
    ("paspor B1234567", "paspor [passport]"),
    ("my passport number is 533380006", "my passport number is [passport]"),
    ("kirim ke Jl. Sudirman No. 12A RT 03/RW 05, Jakarta", "kirim ke [address], Jakarta"),
    ("Jalan Melati Indah III no 7", "[address]"),
    ("from 192.168.1.1 and 2001:db8::1", "from [ip] and [ip]"),
    ("password: hunter2", "password: [secret]"),
    ("kata sandi saya = Rahasia!9", "kata sandi saya = [secret]"),
    ("my password is hunter2", "my password is [secret]"),
    ("OTP 482913 PIN: 1234", "OTP [secret] PIN: [secret]"),
    ("sk-abcdefghijklmnopqrst1234", "[secret]"),
    ("AKIAIOSFODNN7EXAMPLE", "[secret]"),
    ("EAABsbCS1234567890abcdefgh", "[secret]"),
    ("Authorization: Bearer abcdef0123456789abcdef", "Authorization: [secret]"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "[secret]"),
]

ORDINARY = [
    "harga Rp 1.500.000.000 tgl 01-12-2026 10:30",
    "order 123456789, resi JP1234567890",
    "buka 08.00-17.00, 09.00-21.00, v1.2.3, 10:30:45",
    "Jalan-jalan ke Bali, no problem 5",
    "ukuran 100 200 300 400 500",
    "password reset is needed, the token is required",
    "How do I change my PIN?",
    "lupa kata sandi, gimana?",
    "my account balance is 1500000",
    "2026-11-27, 27/11/2026",
    "sort code 12-34-56",
    "1234 5678 9012 3456",
    "ya :: titik dua",
    "",
]


@pytest.mark.parametrize(("text", "expected"), REDACTED)
def test_personal_data_never_reaches_a_log(text: str, expected: str) -> None:
    assert redact(text) == expected


@pytest.mark.parametrize("text", ORDINARY)
def test_what_is_nobodys_stays(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("text", [text for text, _ in REDACTED])
def test_what_a_model_sees_has_nothing_of_it_and_the_customer_gets_it_back(text: str) -> None:
    vault = Vault()
    shown = tokenise(text, vault)
    assert redact(shown) == shown
    assert len(vault) >= 1
    back = restore(shown, vault)
    assert back.text == text.replace("\u200b", "").replace("\u2060", "")
    assert back.unknown == ()


def test_the_same_value_has_the_same_placeholder_in_all_of_a_turn() -> None:
    vault = Vault()
    assert tokenise("a@b.co or C@d.co", vault) == "⟦EMAIL_1⟧ or ⟦EMAIL_2⟧"
    assert tokenise("again c@D.co", vault) == "again ⟦EMAIL_2⟧"


def test_a_vault_in_an_error_text_tells_nothing() -> None:
    vault = Vault()
    tokenise("a@b.co", vault)
    assert "a@b.co" not in f"{vault!r} {vault}"


@pytest.mark.parametrize(
    "mangled",
    [
        "⟦ EMAIL_1 ⟧", "⟦email_1⟧", "⟦Email 1⟧", "[EMAIL_1]", "【email-1】", "{EMAIL_1}", "<EMAIL_1>",
        "[[EMAIL_1]]",
        "EMAIL_1", "⟦EMAIL_1", "EMAIL_1⟧", "⟦EMAIL⟧", "⟦EMAIL_01⟧", "EMAIL\\_1", "⟦⟦EMAIL_1⟧⟧", "〚EMAIL_1〛",
    ],
)  # fmt: skip
def test_a_placeholder_that_a_model_mangled_is_restored(mangled: str) -> None:
    vault = Vault()
    tokenise("a@b.co 081234567890", vault)
    assert restore(f"We write to {mangled} today. [1]", vault).text == "We write to a@b.co today. [1]"


@pytest.mark.parametrize("unknown", ["⟦EMAIL_2⟧", "⟦surel_1⟧", "[PHONE_7]", "EMAIL_9", "⟦", "⟧⟧", "⟦⟧"])
def test_a_placeholder_that_stands_for_nothing_is_taken_out_and_told(unknown: str) -> None:
    vault = Vault()
    tokenise("a@b.co", vault)
    back = restore(f"See {unknown} now", vault)
    assert back.unknown
    assert back.text.replace(" ", "") == "Seenow"


def test_a_number_that_was_lost_is_no_guess_where_there_are_two() -> None:
    vault = Vault()
    tokenise("a@b.co c@d.co", vault)
    assert restore("to ⟦EMAIL⟧", vault).unknown


@pytest.mark.parametrize(
    "text", ["(card 2)", "phone 1 is ours", "Address 1, [1] [12]", "{name} <b>", "NIK 1", "x_1"]
)
def test_words_that_are_no_placeholders_stay(text: str) -> None:
    vault = Vault()
    tokenise("a@b.co", vault)
    assert restore(text, vault) == restore(text, Vault())
    assert restore(text, vault).text == text


def test_a_customer_can_not_write_a_placeholder() -> None:
    vault = Vault()
    shown = tokenise("my mail a@b.co and ⟦EMAIL_1⟧ ⟦PHONE_1⟧", vault)
    assert shown == "my mail ⟦EMAIL_1⟧ and |EMAIL_1| |PHONE_1|"


@given(st.text(alphabet=st.sampled_from("ab@.c +0123456789-⟦⟧EMAIL_:=\n"), max_size=80))
def test_nothing_but_brackets_is_ever_lost(text: str) -> None:
    vault = Vault()
    shown = tokenise(text, vault)
    if "EMAIL" not in text and "⟦" not in text and "⟧" not in text:
        assert restore(shown, vault).text == text


def test_what_lies_beyond_the_bound_is_not_kept() -> None:
    assert len(redact(" " * (MAX_CHARACTERS + 5))) == MAX_CHARACTERS


ADVERSARIAL: list[tuple[str, Callable[[int], str]]] = [
    ("one letter", lambda n: "a" * n),
    ("one digit", lambda n: "1" * n),
    ("spaced digits", lambda n: "1 " * (n // 2)),
    ("zeros and dashes", lambda n: "0-" * (n // 2)),
    ("at signs", lambda n: "a@" * (n // 2)),
    ("dotted", lambda n: "a." * (n // 2)),
    ("mail that never ends", lambda n: "a@" + "a." * (n // 2)),
    ("colons", lambda n: ":" * n),
    ("hex and colons", lambda n: "ab:" * (n // 3)),
    ("streets", lambda n: "jl a " * (n // 5)),
    ("passwords", lambda n: "password is " * (n // 12)),
    ("pin pin", lambda n: "pin saya " * (n // 9)),
    ("iban", lambda n: "GB82 WEST " * (n // 10)),
    ("brackets", lambda n: "⟦EMAIL_" * (n // 7)),
    ("open brackets", lambda n: "⟦" * n),
    ("keys", lambda n: "sk-" * (n // 3)),
    ("private keys", lambda n: "-----BEGIN PRIVATE KEY-----" * (n // 27)),
    ("invisible", lambda n: "0\u200b" * (n // 2)),
    ("tokens", lambda n: "eyJaaaaaaaaa." * (n // 13)),
]


@pytest.mark.parametrize("make", [make for _, make in ADVERSARIAL], ids=[name for name, _ in ADVERSARIAL])
def test_time_grows_with_the_length_and_nothing_else(make: Callable[[int], str]) -> None:
    """Twice the text takes about twice the time: four times is the bound, a square would be far over it."""

    def cost_s(length: int) -> float:
        text = make(length)
        best = 60.0
        for _ in range(2):
            started = time.process_time()
            vault = Vault()
            restore(tokenise(text, vault), vault)
            best = min(best, time.process_time() - started)
        return best

    small = cost_s(10_000)
    assert cost_s(40_000) < 4 * 4 * max(small, 0.002)


@pytest.mark.full
@pytest.mark.parametrize("make", [make for _, make in ADVERSARIAL], ids=[name for name, _ in ADVERSARIAL])
def test_a_megabyte_takes_seconds(make: Callable[[int], str]) -> None:
    started = time.process_time()
    redact(make(500_000))
    middle = time.process_time()
    redact(make(1_000_000))
    ended = time.process_time()
    assert ended - middle < 4 * max(middle - started, 0.05)
    assert ended - middle < 60.0
