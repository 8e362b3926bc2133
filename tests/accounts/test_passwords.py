from __future__ import annotations

import time

import pytest
from argon2 import PasswordHasher

from library.accounts import passwords
from library.errors import Invalid


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short", "short"),
        ("x" * 300, "long"),
        ("Password123", "easy"),
        ("aaaaaaaaaaaa", "easy"),
        ("asha.mushi@example.org", "easy"),
        ("Asha Mushi", "easy"),
        ("qwertyuiop", "easy"),
    ],
)
def test_what_is_easily_guessed_is_refused(password: str, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        passwords.require_good(password, email="asha.mushi@example.org", name="Asha Mushi")
    assert refused.value.details["reason"] == reason


@pytest.mark.parametrize("password", ["rain on the roof", "雨点落在铁皮屋顶上的声音", "ten  chars"])
def test_words_of_any_script_are_good(password: str) -> None:
    passwords.require_good(password)
    kept = passwords.hashed(password)
    assert kept.startswith("$argon2id$")
    assert passwords.fits(password, kept)
    assert not passwords.fits(password + " ", kept)


def test_a_password_is_the_same_from_every_keyboard() -> None:
    kept = passwords.hashed("nambari 12345")
    assert passwords.fits("nambari １２３４５", kept)


def test_a_hash_of_weaker_parameters_is_worn_and_a_new_one_is_not() -> None:
    assert passwords.is_worn(PasswordHasher(time_cost=1, memory_cost=8_192).hash("x"))
    assert passwords.is_worn("not a hash at all")
    assert not passwords.is_worn(passwords.hashed("rain on the roof"))


def test_nobodys_password_never_fits_and_takes_as_long() -> None:
    kept = passwords.hashed("rain on the roof")
    assert not passwords.fits("the password of nobody", None)
    spent = []
    for hash_ in (kept, None):
        best = 9.0
        for _ in range(5):
            begun = time.perf_counter()
            passwords.fits("wrong, this one", hash_)
            best = min(best, time.perf_counter() - begun)
        spent.append(best)
    assert 0.5 < spent[0] / spent[1] < 2


def test_a_password_of_a_megabyte_costs_no_more() -> None:
    assert not passwords.fits("x" * 1_000_000, passwords.hashed("rain on the roof"))
