"""The file of sign-in providers: what it may say, and what is said about mistakes in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from library.accounts import providers
from library.errors import Misconfigured

GOOD = """
[mbeya]
name = "Mbeya College"
issuer = "https://login.example.org/realms/college"
client_id = "mortise"
client_secret = "not for others"
domains = ["mbeya.example", "Bücher.example"]
"""


def _load(tmp_path: Path, text: str) -> dict[str, providers.Provider]:
    path = tmp_path / "sign-in.toml"
    path.write_text(text, encoding="utf-8")
    return dict(providers.load(path))


def test_without_a_file_there_are_none() -> None:
    assert dict(providers.load(None)) == {}


def test_a_table_is_a_provider(tmp_path: Path) -> None:
    (one,) = _load(tmp_path, GOOD).values()
    assert (one.key, one.name) == ("mbeya", "Mbeya College")
    assert one.issuer == "https://login.example.org/realms/college"


def test_a_provider_of_this_machine_may_do_without_encryption(tmp_path: Path) -> None:
    assert _load(tmp_path, GOOD.replace("https://login.example.org", "http://127.0.0.1:9000"))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("[mbeya]", "[mbeya", "is not TOML"),
        ("[mbeya]", "[Mbeya]", "a-z"),
        ("[mbeya]", "x = 1\n[mbeya]", "not a table"),
        ("https://", "http://", "https://"),
        ("https://login.example.org", "https://", "https://"),
        ("/realms/college", "?realm=college", "https://"),
        ("client_secret", "secret", "secret, which means nothing"),
        ('"mortise"', "17", "needs client_id"),
        ('"Mbeya College"', '" "', "needs name"),
        ('name = "Mbeya College"\n', "", "needs name"),
        ('domains = ["mbeya.example", "Bücher.example"]', "", "needs domains"),
        ('["mbeya.example", "Bücher.example"]', "[]", "needs domains"),
        ('["mbeya.example", "Bücher.example"]', '"mbeya.example"', "needs domains"),
        ('"mbeya.example", ', '"*.mbeya.example", ', "not a domain"),
        ('"mbeya.example", ', "17, ", "not a domain"),
    ],
)
def test_a_mistake_is_said_with_its_place_and_without_secrets(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    with pytest.raises(Misconfigured, match=said) as refused:
        _load(tmp_path, GOOD.replace(before, after))
    assert "LIBRARY_SIGN_IN" in refused.value.message
    assert "not for others" not in refused.value.message


def test_a_provider_vouches_for_addresses_of_its_domains_and_no_others(tmp_path: Path) -> None:
    (one,) = _load(tmp_path, GOOD).values()
    assert one.may_vouch_for("Asha@MBEYA.example")
    assert one.may_vouch_for("asha@bücher.example")
    assert one.may_vouch_for("asha@xn--bcher-kva.example")
    for other in (
        "asha@other.example",
        "asha@staff.mbeya.example",
        "asha@notmbeya.example",
        "asha@mbeya.example@other.example",
        "asha@mbeya.example.other.example",
        "asha",
        "",
    ):
        assert not one.may_vouch_for(other), other


def test_a_provider_of_every_address_has_to_be_named_so(tmp_path: Path) -> None:
    (one,) = _load(tmp_path, GOOD.replace('["mbeya.example", "Bücher.example"]', '["*"]')).values()
    assert one.may_vouch_for("anybody@other.example")


@pytest.mark.parametrize(
    ("issuer", "address", "good"),
    [
        ("https://login.example.org", "https://keys.example.net/all", True),
        ("https://login.example.org", "http://login.example.org/keys", False),
        ("https://login.example.org", "http://169.254.169.254/latest/meta-data", False),
        ("https://login.example.org", "http://127.0.0.1:5432/", False),
        ("https://login.example.org", "file:///etc/passwd", False),
        ("https://login.example.org", "https://a:b@login.example.org/keys", False),
        ("https://login.example.org", "https://[::1", False),
        ("https://login.example.org", "//login.example.org/keys", False),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000/keys", True),
        ("http://127.0.0.1:9000", "http://127.0.0.1:6379/keys", False),
        ("http://127.0.0.1:9000", "http://10.0.0.1:9000/keys", False),
    ],
)
def test_only_safe_addresses_of_a_provider_are_asked(
    tmp_path: Path, issuer: str, address: str, good: bool
) -> None:
    text = GOOD.replace("https://login.example.org/realms/college", issuer)
    (one,) = _load(tmp_path, text).values()
    assert one.may_be_asked(address) is good
