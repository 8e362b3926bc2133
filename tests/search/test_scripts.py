"""Texts of many languages, and what people type who look for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from library.search.port import Query
from library.search.whoosh_engine import WhooshEngine
from tests.search.shelf import passage

TEXTS = {
    "trad": ("zh-Hant", "伺服電機", "空調的維修與後續處理，裏面的線路乾燥。"),
    "simple": ("zh-Hans", "数控机床", "检查里面的线路，然后保持干燥。"),
    "pump": ("zh-Hans", "泵", "离心泵的结构。"),
    "city": ("zh-Hans", "西安的铁路", "绿色信号。"),
    "weight": ("zh-Hans", "重量与长度", "测量。"),
    "robot": ("zh-Hans", "实训", "六台6轴机器人，3月起用PLC编程，电压380V。"),
    "japanese": ("ja", "電気の検査", "鉄道の図面。"),
    "cable": (
        "en",
        "Cables",
        "A 1.5 mm² core for 400 V, a pipe of DN 50, minus 18 °C in the store.",
    ),
    "glued": ("en", "Motors", "Fed with 230V and 16A, turning at 1500r/min, degree IP65."),
    "codes": ("en", "Documents", "See IEC 60204-1, GB/T 5226.1 and the S7-1200; relay JWXC-1700."),
    "unhyphened": ("en", "Controllers", "The S71500 replaces older ones; drawing IEC61131."),
    "genitive": ("en", "Rotors", "The motor's shaft and the students’ books."),
    "elision": ("fr", "Réseau", "l’alimentation en énergie d'un atelier, qu'on coupe aujourd'hui"),
    "arabic": ("ar", "أعمال", "المُحَرِّك والكهرباء في المصنع"),
    "plain-arabic": ("ar", "ورشة", "محرك وآلة ومسؤول ۱۲۳"),
    "persian": ("fa", "کارگاه", "می‌شود کابل"),
    "urdu": ("ur", "مشین", "بجلی کی مشین ہے"),
    "hindi": ("hi", "औज़ार", "ऊँचाई मापना"),
    "vietnamese": ("vi", "Động cơ điện", "Thợ hàn kiểm tra máy."),
    "german": ("de", "Geräte", "Schweißgeräte prüfen"),
    "turkish": ("tr", "IŞIK", "ışık ölçümü Türkiye'nin"),
    "greek": ("el", "ΜΗΧΑΝΈΣ", "Ο κινητήρας"),
    "russian": ("ru", "Счётчик", "напряжение 380 В, мой двигатель"),
    "swahili": ("sw", "Ng'ombe", "Mashine ya kulehemu."),
    "thai": ("th", "รถยก", "น้ำมันเครื่อง"),
    "thai-can": ("th", "ตาราง", "ผู้เรียนสามารถทำแบบฝึกหัดได้"),
    "lao": ("lo", "ການເຊື່ອມໂລຫະ", "ນ້ຳມັນ"),
    "khmer": ("km", "ស្ត្រី", "ថាមពលអគ្គិសនី"),
    "burmese": ("my", "ဂဟေဆော်ခြင်း", "မြန်မာစာ"),
    "term": ("sw", "mota ya servo", ""),
}
KEYWORDS = {"term": "伺服电动机 servo motor محرك المؤازرة"}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WhooshEngine]:
    folder: Path = tmp_path_factory.mktemp("scripts")
    made = WhooshEngine(folder)
    made.rebuild(
        [
            passage(
                work,
                body,
                lang=lang,
                title=title,
                keywords=KEYWORDS.get(work, ""),
                kind="term" if work == "term" else "course",
            )
            for work, (lang, title, body) in TEXTS.items()
        ]
    )
    yield made
    made.close()


def found(engine: WhooshEngine, text: str, lang: str = "en") -> list[str]:
    return [hit.work for hit in engine.search(Query(text, lang=lang)).hits]


@pytest.mark.parametrize(
    ("typed", "work"),
    [
        ("伺服电机", "trad"),
        ("空调维修", "trad"),
        ("后续处理", "trad"),
        ("裡面", "trad"),
        ("干燥", "trad"),
        ("乾燥", "simple"),
        ("數控機床", "simple"),
        ("線路", "simple"),
        ("电气", "japanese"),
        ("铁道图面", "japanese"),
        ("sìfú diànjī", "trad"),
        ("sifu dianji", "trad"),
        ("sifudianji", "trad"),
        ("si fu dian ji", "trad"),
        ("si4fu2 dian4ji1", "trad"),
        ("SIFU DIANJI", "trad"),
        ("dianji", "trad"),
        ("beng", "pump"),
        ("xi'an", "city"),
        ("xī’ān tiělù", "city"),
        ("zhongliang", "weight"),
        ("changdu", "weight"),
        ("sifudiandongji", "term"),
        ("PLC", "robot"),
        ("编程", "robot"),
        ("PLC编程", "robot"),
        ("6轴机器人", "robot"),
        ("轴机器人", "robot"),
        ("3月", "robot"),
        ("380 V", "robot"),
        ("1.5mm2", "cable"),
        ("1.5 mm²", "cable"),
        ("1,5 mm2", "cable"),
        ("400V", "cable"),
        ("DN50", "cable"),
        ("dn 50", "cable"),
        ("-18℃", "cable"),
        ("18 °C", "cable"),
        ("230 V", "glued"),
        ("16 A", "glued"),
        ("1500 r/min", "glued"),
        ("IP65", "glued"),
        ("ip 65", "glued"),
        ("IEC 60204-1", "codes"),
        ("iec60204-1", "codes"),
        ("iec 60204", "codes"),
        ("IEC60204", "codes"),
        ("GB/T 5226.1", "codes"),
        ("GBT5226.1", "codes"),
        ("gb/t5226.1", "codes"),
        ("S7-1200", "codes"),
        ("s7 1200", "codes"),
        ("S71200", "codes"),
        ("jwxc1700", "codes"),
        ("jwxc 1700", "codes"),
        ("s7-1500", "unhyphened"),
        ("s7 1500", "unhyphened"),
        ("iec 61131", "unhyphened"),
        ("motor", "genitive"),
        ("student's", "genitive"),
        ("énergie", "elision"),
        ("l'énergie", "elision"),
        ("d’energie", "elision"),
        ("alimentation", "elision"),
        ("aujourd’hui", "elision"),
        ("un atelier", "elision"),
        ("محرك المصنع", "arabic"),
        ("كهرباء", "arabic"),
        ("بالكهرباء", "arabic"),
        ("كهربائي", "arabic"),
        ("الكَهْرَبَاء", "arabic"),
        ("كهـــرباء", "arabic"),
        ("ﻛﻬﺮﺑﺎﺀ", "arabic"),
        ("اله", "plain-arabic"),
        ("مسوول", "plain-arabic"),
        ("123", "plain-arabic"),
        ("١٢٣", "plain-arabic"),
        ("المؤازرة", "term"),
        ("مؤازرة", "term"),
        ("میشود", "persian"),
        ("كابل", "persian"),
        ("هے", "urdu"),
        ("औजार", "hindi"),
        ("ऊंचाई", "hindi"),
        ("động cơ", "vietnamese"),
        ("dong co dien", "vietnamese"),
        ("schweissgeraet", "german"),
        ("Schweißgerät", "german"),
        ("isik", "turkish"),
        ("ışık", "turkish"),
        ("türkiye", "turkish"),
        ("μηχανή", "greek"),
        ("ΚΙΝΗΤΗΡΑΣ", "greek"),
        ("счетчики", "russian"),
        ("380В", "russian"),
        ("ngombe", "swahili"),
        ("ng’ombe", "swahili"),
        ("รถ", "thai"),
        ("นำ้มัน", "thai"),
        ("น้\u0e4d\u0e32มัน", "thai"),
        ("เครือ่ง", "thai"),
        ("เเบบฝึกหัด", "thai-can"),
        ("ນໍ້າມັນ", "lao"),
        ("ເຊື່ອມ", "lao"),
        ("ស្រ្តី", "khmer"),
        ("ថាមពល", "khmer"),
        ("ថាម\u200bពល", "khmer"),
        ("ဂဟေ", "burmese"),
    ],
)
def test_what_people_type_finds_what_they_mean(engine: WhooshEngine, typed: str, work: str) -> None:
    assert work in found(engine, typed)[:2]


@pytest.mark.parametrize(
    ("typed", "work"),
    [
        ("hạn", "vietnamese"),  # a term, not to weld
        ("wheel", "genitive"),
        ("s71200", "unhyphened"),
        ("machine", "pump"),
        ("dian", "trad"),  # one syllable says too little
    ],
)
def test_what_is_something_else_is_not_found(engine: WhooshEngine, typed: str, work: str) -> None:
    assert work not in found(engine, typed)[:1]


def test_a_short_thai_word_is_found_before_words_that_it_is_a_part_of(engine: WhooshEngine) -> None:
    assert found(engine, "รถ", "th") == ["thai", "thai-can"]


def test_words_that_sound_like_chinese_find_words_first(engine: WhooshEngine) -> None:
    assert found(engine, "cable machine")[0] == "cable"
    assert found(engine, "can he") == []


@pytest.mark.parametrize(
    ("typed", "without"),
    [
        ("motor -shaft", "genitive"),
        ('motor -"motor\'s shaft"', "genitive"),
        ("编程 -机器人", "robot"),
        ("เครื่อง -รถ", "thai"),
        ("الكهرباء -مصنع", "arabic"),
        ("énergie –atelier", "elision"),
    ],
)
def test_what_is_excluded_is_not_found(engine: WhooshEngine, typed: str, without: str) -> None:
    kept = typed.split(" ")[0]
    assert without in found(engine, kept)
    assert without not in found(engine, typed)


@pytest.mark.parametrize("typed", ["S7-1200 -18", "relay - 1700", "-relay", "--relay"])
def test_other_hyphens_exclude_nothing(engine: WhooshEngine, typed: str) -> None:
    assert "codes" in found(engine, typed)


def test_filters_in_the_text_filter(engine: WhooshEngine) -> None:
    assert found(engine, "servo motor kind:term") == ["term"]
    assert "term" not in found(engine, "servo motor kind:course")
    assert found(engine, "motor lang:zh kind:xyz") == []
    assert found(engine, "servo lang:sw") == ["term"]
    assert found(engine, "kind:term") == []
