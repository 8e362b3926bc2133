"""Signs in the wrong order, and that texts in the right one stay as they are."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.search.characters import plain
from library.search.disorder import DISORDER, SYLLABLE, in_order


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ก\u0e48\u0e34", "กิ่"),
        ("น\u0e33\u0e49", "น้ำ"),
        ("น\u0e4d\u0e49\u0e32", "น้ำ"),
        ("ນ\u0eb3\u0ec9", "ນ້ຳ"),
        ("ស\u17d2\u179a\u17d2\u178fី", "ស្ត្រី"),
        ("ព\u17c1\u17b6", "ពោ"),
        ("\u1000\u1036\u102f", "\u1000\u102f\u1036"),
        ("က\u103d\u103c", "ကြွ"),
        ("สวัสดี", "สวัสดี"),
        ("motor", "motor"),
    ],
)
def test_signs_are_put_in_order(typed: str, meant: str) -> None:
    assert "".join(in_order(m[0]) for m in re.finditer(f"{SYLLABLE}|.", typed)) == meant


@pytest.mark.parametrize(
    "text",
    [
        "การเชื่อมโลหะด้วยไฟฟ้า น้ำมันเครื่อง สิทธิ์ ปั๊ม",
        "ການເຊື່ອມໂລຫະ ນ້ຳມັນ ປໍ້າ",
        "ការផ្សារដែក ស្ត្រី ម៉ូទ័រ ប្រព័ន្ធ ធម៌ សំឡេង",
        "ဂဟေဆော်ခြင်း မြန်မာစာ ကျွန်ုပ်တို့ ကောင်းသည် စက္ကူ",
    ],
)
def test_texts_as_they_should_be_have_no_disorder(text: str) -> None:
    wrong = [m[0] for m in re.finditer(SYLLABLE, text) if in_order(m[0]) != m[0]]
    # "ປໍ້າ" is the usual way to type "ປ້ຳ".
    assert wrong == (["ປໍ້າ"] if "ປໍ້າ" in text else [])


SIGNS = st.sampled_from(
    [*map(chr, range(0x0E30, 0x0E50)), *map(chr, range(0x17B6, 0x17D3)), "ក", "រ"]
)


@given(st.sampled_from("กນកက"), st.lists(SIGNS, max_size=6).map("".join))
def test_order_is_reached_at_once_and_keeps_the_sense(base: str, signs: str) -> None:
    for found in re.finditer(SYLLABLE, base + signs):
        once = in_order(found[0])
        assert in_order(once) == once
        if DISORDER.search(found[0]) is None:
            assert once == found[0]


def test_offsets_of_letters_in_order_stay_their_own_beside_others() -> None:
    form, offsets = plain("ก่ิการ")
    assert form == "กิ่การ"
    assert offsets == [0, 0, 0, 3, 4, 5, 6]


@pytest.mark.parametrize("text", ["ក" + "ា្ក" * 30_000, "ก" + "่ิ" * 50_000, "a" + "\u0301" * 90_000])
def test_heaps_of_signs_take_no_time(text: str) -> None:
    began = time.process_time()
    plain(text)
    assert time.process_time() - began < 2
