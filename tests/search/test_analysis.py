"""Tokens of real words in the languages of the library."""

from __future__ import annotations

import threading
import unicodedata

import pytest
import Stemmer
from hypothesis import given
from hypothesis import strategies as st

from library.search.analysis import ANALYSIS_VERSION, analyse


def texts(text: str, lang: str) -> list[str]:
    return [token.text for token in analyse(text, lang)]


@pytest.mark.parametrize(
    ("lang", "forms"),
    [
        ("en", ["weld", "welds", "welded", "welding"]),
        ("en-GB", ["machine", "machines", "machining"]),
        ("fr", ["soudage", "Soudages"]),
        ("fr", ["électrique", "electrique", "électriques", "ÉLECTRIQUE", "e\u0301lectrique"]),
        ("ar", ["لحام", "لِحَام", "لحـــام", "اللحام", "اللِّحَامُ"]),
        ("ar", ["أجهزة", "اجهزة", "اجهزه"]),
        ("ar", ["الكهربائي", "الكهربائية", "كهربائى"]),
        ("ar", ["لا", "ﻻ"]),
        ("ru", ["электрод", "электроды", "электродов", "электродами"]),
        ("ru", ["счётчик", "счетчик", "счётчики"]),
        ("pt", ["solda", "soldas", "SOLDA"]),
        ("pt-BR", ["conexão", "conexao"]),
        ("id", ["pengelasan", "Pengelasan"]),
        ("id", ["pekerja", "bekerja"]),
        ("es", ["soldador", "soldadores"]),
        ("de", ["Schweißen", "schweissen"]),
        ("hi", ["मशीन", "मशीनें", "मशीनों"]),
        ("sw", ["fundi", "FUNDI"]),
        ("vi", ["thợ", "Tho\u031b\u0323"]),
        ("zh-Hans", ["６", "6"]),
        ("th", ["น้ำ", "น้\u0e33"]),
        ("km", ["ភា\u200bសា", "ភាសា"]),
        ("fa", ["می\u200cشود", "میشود"]),
        ("zh-Hant", ["電機", "电机"]),
        ("zh-Hans", ["乾燥裏後著", "干燥里后着", "幹燥裡後着"]),
        ("ja", ["電気鉄道", "电气铁道"]),
        ("hi", ["औज़ार", "औज\u093cार", "औजार"]),
        ("hi", ["ऊँचाई", "ऊंचाई"]),
        ("ur", ["ہے", "هے"]),
        ("th", ["กิ่ง", "ก\u0e48\u0e34ง"]),
        ("th", ["น้ำ", "น\u0e33\u0e49", "น\u0e4d\u0e49\u0e32"]),
        ("th", ["แบบ", "เเบบ"]),
        ("lo", ["ນ້ຳ", "ນ\u0ecd\u0ec9\u0eb2", "ນ\u0eb3\u0ec9"]),
        ("lo", ["ແມ່", "ເເມ່"]),
        ("km", ["ស្ត្រី", "ស្រ្តី", "ស្ដ្រី"]),
        ("km", ["ពោធិ៍", "ព\u17c1\u17b6ធិ៍"]),
        ("km", ["ប៉ុន", "ប\u17bb\u17c9ន"]),
        ("my", ["ကြွ", "က\u103d\u103c"]),
        ("my", ["ကုံ", "က\u1036\u102f"]),
        ("en", ["motor", "motor's", "motor’s"]),
        ("fr", ["énergie", "l'énergie", "d’énergie", "qu'énergie"]),
        ("it", ["energia", "dell'energia"]),
        ("tr", ["ışık", "Işık", "isik"]),
        ("el", ["μηχανής", "ΜΗΧΑΝΉΣ"]),
        ("en", ["380V", "380 V", "380v", "380\u202fV"]),
        ("ru", ["380В", "380 В"]),
        ("en", ["1.5mm2", "1.5 mm²", "1,5 mm2", "1.5㎟"]),
        ("en", ["18℃", "18 °C", "18°C"]),
        ("en", ["1500 r/min", "1500r/min"]),
    ],
)
def test_forms_of_a_word_have_the_same_tokens(lang: str, forms: list[str]) -> None:
    assert {tuple(texts(form, lang)) for form in forms} == {tuple(texts(forms[0], lang))}
    assert texts(forms[0], lang)


@pytest.mark.parametrize("word", ["محرك", "كهرباء", "مهندس", "آلة", "تيار", "لحام"])
@pytest.mark.parametrize("before", ["ال", "بال", "وال", "كال", "لل", "و"])
def test_arabic_words_are_found_with_and_without_what_is_written_before_them(
    word: str, before: str
) -> None:
    assert set(texts(word, "ar")) & set(texts(before + word, "ar"))


@pytest.mark.parametrize("derived", ["كهربائي", "الكهربائية", "بالكهرباء", "كهربائيًا", "والكهرباء"])
def test_arabic_words_are_found_by_what_is_made_of_them(derived: str) -> None:
    assert set(texts("كهرباء", "ar")) & set(texts(derived, "ar"))


def test_words_of_a_foreign_script_are_those_of_its_usual_language() -> None:
    assert set(texts("كهرباء", "ar")) <= set(texts("الكهرباء", "en"))
    assert texts("двигатели", "zh-Hans") == texts("двигатель", "ru")
    # Persian and Urdu have the letters but not the grammar.
    assert texts("المحرك", "fa") == ["المحرك"]
    assert texts("двигатели", "und") == ["двигатели"]


def test_vietnamese_words_are_tokens_without_their_marks_as_well() -> None:
    assert texts("Động cơ điện an", "vi") == [
        "động",
        "^dong",
        "cơ",
        "^co",
        "điện",
        "^dien",
        "an",
    ]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("IEC 60204-1", {"iec60204", "iec602041"}),
        ("GB/T 5226.1", {"gbt52261"}),
        ("DN 50", {"dn50"}),
        ("S7 1200", {"s71200"}),
    ],
)
def test_capitals_and_the_number_after_them_are_one_as_well(text: str, tokens: set[str]) -> None:
    assert tokens <= set(texts(text, "en"))
    assert not tokens & set(texts(text.lower(), "en"))
    assert tokens <= {t.text for t in analyse(text.lower(), "en", asked=True)}


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("2nd 3D 7805CT", ["2nd", "3d", "7805ct"]),
        ("page 12", ["page", "12"]),
        ("V 1.5", ["v", "1.5", "v15"]),
        ("220/380V", ["220", "380v", "220380v"]),
        ("50 N·m", ["50", "n", "m", "nm", "50nm"]),
        ("don't", ["don", "t", "dont"]),
        ("ng'ombe", ["ng", "ombe", "ngombe"]),
        ("'quoted'", ["quoted"]),
        ("l's", ["s"]),
    ],
)
def test_letters_numbers_and_apostrophes(text: str, tokens: list[str]) -> None:
    assert texts(text, "und") == tokens


@pytest.mark.parametrize(
    ("lang", "word", "typed"),
    [
        ("pt", "instalação", "instalacao"),
        ("pt", "conexões", "conexoes"),
        ("fr", "sécurité", "securite"),
        ("es", "soldadura eléctrica", "soldadura electrica"),
        ("el", "μηχανή", "μηχανη"),
    ],
)
def test_what_is_typed_without_accents_is_found(lang: str, word: str, typed: str) -> None:
    assert set(texts(typed, lang)) <= set(texts(word, lang))


@pytest.mark.parametrize(
    ("lang", "first", "second"),
    [
        ("vi", "hàn", "hạn"),  # to weld, a term
        ("sw", "mafundi", "fundi"),
        ("th", "เชื่อม", "เชือก"),
        ("en", "weld", "wheel"),
    ],
)
def test_different_words_stay_different(lang: str, first: str, second: str) -> None:
    assert texts(first, lang) != texts(second, lang)


def test_chinese_gives_characters_and_pairs() -> None:
    assert texts("焊接机", "zh-Hans") == ["焊", "焊接", "接", "接机", "机"]


def test_japanese_and_korean_are_cut_like_chinese() -> None:
    assert texts("溶接ロボット", "ja")[:4] == ["溶", "溶接", "接", "接ロ"]
    assert texts("용접", "ko") == ["용", "용접", "접"]


def test_thai_gives_threes_and_the_end_of_the_run() -> None:
    assert texts("ไฟฟ้า", "th") == ["ไฟฟ", "ฟฟ้", "ฟ้า", "้า"]
    assert texts("ไฟ", "th") == ["ไฟ"]


@pytest.mark.parametrize("lang", ["lo", "km", "my"])
def test_scripts_without_spaces_are_cut_into_threes(lang: str) -> None:
    text = {"lo": "ການເຊື່ອມ", "km": "ផ្សារដែក", "my": "ဂဟေဆော်ခြင်း"}[lang]
    tokens = texts(text, lang)
    assert all(len(token) <= 3 for token in tokens)
    assert set("".join(tokens)) == set(text)


def test_indian_vowel_signs_stay_in_their_words() -> None:
    assert len(texts("वेल्डिंग मशीन", "hi")) == 2
    assert len(texts("ওয়েল্ডিং মেশিন", "bn")) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PLC编程", {"plc", "编程"}),
        ("6轴机器人", {"6", "轴机", "机器", "器人"}),
        ("采用M8×1.25螺栓", {"m8", "1.25", "螺栓"}),
        ("ใช้PLCควบคุม", {"plc", "ควบ"}),
    ],
)
def test_codes_inside_other_scripts_are_found(text: str, expected: set[str]) -> None:
    assert expected <= set(texts(text, "zh-Hans"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PLC-200", ["plc", "200", "plc200"]),
        ("PLC200", ["plc200"]),
        ("e‑mail", ["e", "mail", "email"]),
        ("M8×1.25", ["m8", "1.25", "m8x125"]),
        ("M8x1,25", ["m8x1", "25", "m8x125"]),
        ("analog_read", ["analog", "read", "analogread"]),
        ("1,5", ["1.5"]),
        ("12,000", ["12000"]),
        ("٣٫٥ ١٢", ["3", "5", "12"]),
        ("a-b-c-d-e-f", ["a", "b", "c", "d", "e", "f"]),
        ("100 ㎡", ["100", "m2", "100m2"]),
        ("Motor™ …", ["motor"]),
    ],
)
def test_codes_and_numbers(text: str, expected: list[str]) -> None:
    assert texts(text, "und") == expected


def test_places_run_on_and_what_overlaps_shares_one() -> None:
    tokens = analyse("PLC-200 runs 焊接", "en")
    assert [(t.text, t.position) for t in tokens] == [
        ("plc", 0),
        ("200", 1),
        ("plc200", 0),
        ("run", 2),
        ("焊", 3),
        ("焊接", 3),
        ("接", 4),
    ]


@pytest.mark.parametrize(
    ("text", "lang", "token", "piece"),
    [
        ("Ｗｅｌｄｉｎｇ！", "en", "weld", "Ｗｅｌｄｉｎｇ"),
        ("die Straße", "de", "strass", "Straße"),
        ("un e\u0301lectrode", "fr", "electrod", "e\u0301lectrode"),
        ("the ﬁnal", "en", "final", "ﬁnal"),
        ("في اللِّحَامُ", "ar", "لحام", "اللِّحَامُ"),
        ("a ½ b", "en", "2", "½"),
    ],
)
def test_offsets_are_those_of_the_original(text: str, lang: str, token: str, piece: str) -> None:
    found = [text[t.start : t.end] for t in analyse(text, lang) if t.text == token]
    assert found == [piece]


@given(st.text(max_size=200), st.sampled_from(["en", "zh", "th", "ar", "vi", "hi", ""]))
def test_any_text_gives_tokens_that_lie_in_it(text: str, lang: str) -> None:
    for token in analyse(text, lang):
        assert token.text
        assert 0 <= token.start < token.end <= len(text)


@given(
    st.lists(
        st.sampled_from(
            ["焊", "接", "机", "ไ", "ฟ", "ฟ้", "plc", "12", "-", "e", "é", "é", "ợ", "र्म"]
        ),
        max_size=20,
    )
)
def test_decomposed_text_has_the_tokens_of_the_composed(letters: list[str]) -> None:
    text = "".join(letters)
    composed = unicodedata.normalize("NFC", text)
    assert texts(text, "en") == texts(composed, "en")


def test_threads_do_not_share_a_stemmer() -> None:
    words = [f"welding{n} machines électrodes" for n in range(300)]
    expected = [texts(word, "en") for word in words]
    wrong: list[str] = []
    together = threading.Barrier(4)

    def run() -> None:
        together.wait()
        for word, tokens in zip(words, expected, strict=True):
            if texts(word, "en") != tokens:
                wrong.append(word)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_version_names_the_stemmers() -> None:
    assert Stemmer.version() in ANALYSIS_VERSION
