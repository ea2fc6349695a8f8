"""Only who knows the secret can sign, and only what was signed passes."""

import hashlib
import hmac

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sahut.domain.signature import is_signed_by, signature_of

SECRETS = st.text(min_size=1)
BODIES = st.binary()


@given(SECRETS, BODIES)
def test_what_the_owner_of_the_secret_signed_passes(secret: str, raw: bytes) -> None:
    header = "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    assert is_signed_by(secret, raw, header)


@given(SECRETS, BODIES, BODIES)
def test_a_changed_body_fails(secret: str, raw: bytes, other: bytes) -> None:
    assume(raw != other)
    assert not is_signed_by(secret, other, signature_of(secret, raw))


@given(st.text(min_size=1, max_size=64), st.text(min_size=1, max_size=64), BODIES)
def test_another_secret_fails(secret: str, other: str, raw: bytes) -> None:
    # HMAC fills a short key up with zeros, so these two are one secret
    assume(secret.encode().rstrip(b"\0") != other.encode().rstrip(b"\0"))
    assume(max(len(secret.encode()), len(other.encode())) <= 64)
    assert not is_signed_by(secret, raw, signature_of(other, raw))


@given(SECRETS, BODIES, st.one_of(st.none(), st.text(st.characters())))
def test_any_other_header_fails_without_an_error(secret: str, raw: bytes, header: str | None) -> None:
    assume(header != signature_of(secret, raw))
    assert not is_signed_by(secret, raw, header)


@given(SECRETS, BODIES, st.integers(0, 70), st.characters())
def test_a_header_with_one_character_changed_fails(secret: str, raw: bytes, at: int, new: str) -> None:
    header = signature_of(secret, raw)
    assume(header[at] != new)
    assert not is_signed_by(secret, raw, header[:at] + new + header[at + 1 :])


@given(BODIES)
def test_an_empty_secret_signs_nothing(raw: bytes) -> None:
    assert not is_signed_by("", raw, signature_of("", raw))


def test_a_re_encoded_body_has_another_signature() -> None:
    header = signature_of("app secret", b'{"text":"\\u00e9"}')
    assert is_signed_by("app secret", b'{"text":"\\u00e9"}', header)
    assert not is_signed_by("app secret", '{"text":"é"}'.encode(), header)


@pytest.mark.parametrize("prefix", ["", "sha1=", "SHA256=", "sha256:", " sha256="])
def test_the_scheme_must_be_named_as_meta_names_it(prefix: str) -> None:
    digest = signature_of("app secret", b"body").removeprefix("sha256=")
    assert not is_signed_by("app secret", b"body", prefix + digest)
