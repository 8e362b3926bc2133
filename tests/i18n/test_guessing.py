from __future__ import annotations

import pytest

from library.i18n.guessing import by_language


def told(text: str, *candidates: str, fallback: str = "en") -> dict[str, list[str]]:
    return dict(by_language(text, candidates=candidates, fallback=fallback))


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("zh-Hans", "断开电源之后测量绝缘电阻"),
        ("ja", "絶縁抵抗を測定してください"),
        ("ar", "قس مقاومة العزل قبل تشغيل المحرك"),
        ("ur", "تار کو چھونے سے پہلے بجلی بند کریں"),
        ("fa", "پیش از روشن کردن موتور، مقاومت عایق را اندازه گیری کنید"),
        ("th", "วัดค่าความต้านทาน"),
        ("km", "វាស់ភាពធន់"),
        ("ru", "Измеряйте сопротивление"),
        ("fr", "Mesurez la résistance de l’isolement avec un appareil pour les câbles"),
        ("en", "Measure the resistance of the cable with this device"),
        ("pt", "Meça a resistência do cabo com o aparelho e não toque na rede"),
        ("sw", "Pima ukinzani wa waya kabla ya kuanza na kwa kifaa"),
        ("id", "Ukur tahanan kabel dengan alat ini sebelum dan untuk mesin yang baru"),
    ],
)
def test_a_line_tells_its_language(lang: str, text: str) -> None:
    assert list(told(text)) == [lang]


def test_languages_of_one_page_are_told_apart_line_by_line() -> None:
    page = "4 当心触电\nDanger: electricity\nاحذر: خطر الكهرباء\n5\n当心高温"
    assert told(page, "zh-Hans", "en", "ar") == {
        "zh-Hans": ["4 当心触电", "当心高温"],
        "en": ["Danger: electricity"],
        "ar": ["احذر: خطر الكهرباء", "5"],
    }


def test_the_languages_of_the_work_are_believed_where_letters_do_not_decide() -> None:
    assert list(told("Torque 2.5", "pt", "zh-Hans")) == ["pt"]
    assert list(told("扭矩", "zh-Hant", "en")) == ["zh-Hant"]


def test_small_words_of_another_language_outweigh_those_of_the_work() -> None:
    text = "Mesurez la résistance de l’isolement avec un appareil pour les câbles et les fils"
    assert list(told(text, "en")) == ["fr"]


def test_without_letters_the_fallback_counts() -> None:
    assert told("12 34\n56", "en", fallback="km") == {"km": ["12 34", "56"]}
    assert told("12\n电", fallback="km") == {"zh-Hans": ["12", "电"]}
