from __future__ import annotations

import pytest

from library.accounts.addresses import canonical
from library.errors import Invalid


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Asha@Example.ORG", "asha@example.org"),
        ("  asha.m+desk@mail.example.org. ", "asha.m+desk@mail.example.org"),
        ("asha@bücher.example", "asha@xn--bcher-kva.example"),
    ],
)
def test_an_address_has_one_form(written: str, kept: str) -> None:
    assert canonical(written) == kept


def test_a_domain_of_letters_that_look_alike_is_another_address() -> None:
    # The first letter of the second is Cyrillic.
    assert canonical("asha@example.org") != canonical("asha@\u0435xample.org")


@pytest.mark.parametrize(
    "written",
    [
        "",
        "asha",
        "asha@",
        "@example.org",
        "asha@example",
        "asha@@example.org",
        "as ha@example.org",
        "asha@exam ple.org",
        "asha@example..org",
        ".asha@example.org",
        "a..sha@example.org",
        "asha@-example.org",
        "asha@example.org\nBcc: all@example.org",
        "asha\r\nTo: b@example.org@example.org",
        "as\u200bha@example.org",
        "a\u202esha@example.org",
        "\uff41sha@example.org",
        # In lower case this Kelvin sign would be somebody else's k.
        "\u212aofi@example.org",
        "\u0430sha@example.org",
        "a" * 65 + "@example.org",
        "asha@" + "a" * 64 + ".org",
        "asha@" + ".".join(["a" * 60] * 5) + ".org",
    ],
)
def test_what_could_be_taken_for_another_address_is_refused(written: str) -> None:
    with pytest.raises(Invalid):
        canonical(written)
