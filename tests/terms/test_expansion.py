from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from library.search.port import Alternative
from library.terms.drafts import ConceptDraft, LanguageDraft, TermDraft
from library.terms.expansion import MOST_MEANINGS, MOST_RUNS, Run, also, terms_in
from library.terms.service import store_concept
from library.terms.term_index import TermCache

Ask = Callable[..., tuple[Run, ...]]

BANK: dict[str, dict[str, list[str]]] = {
    "servo-motor": {
        "zh-Hans": ["伺服电机", "+伺服电动机"],
        "en": ["servo motor", "+servomotor"],
        "fr": ["servomoteur"],
        "ar": ["محرك مؤازر"],
        "th": ["เซอร์โวมอเตอร์"],
    },
    "stepper-motor": {"zh-Hans": ["步进电机"], "ru": ["шаговый двигатель"], "ar": ["محرك خطوي"]},
    "electric-motor": {"zh-Hans": ["电机"], "en": ["electric motor", "-electric engine"]},
    "shaft": {"zh-Hans": ["轴"], "en": ["shaft"], "id": ["poros"]},
    "bearing": {"zh-Hans": ["轴承"], "en": ["bearing"]},
    "carrier": {"en": ["carrier"], "zh-Hans": ["承运人"]},
    "freight-forwarder": {"en": ["freight forwarder", "-carrier"], "zh-Hans": ["货运代理人"]},
    "capacitor": {"en": ["capacitor"], "pt": ["condensador"]},
    "condenser": {"en": ["condenser"], "pt": ["condensador"]},
    "diode": {"en": ["light-emitting diode", "+LED"], "zh-Hans": ["发光二极管"]},
    "bill-of-lading": {"en": ["bill of lading"], "zh-Hans": ["提单"]},
    "ore": {"km": ["រ៉ែ"], "en": ["ore"]},
    "water-pump": {"vi": ["máy bơm nước"], "en": ["water pump"]},
}
HELD = ("en", "zh-Hans", "fr", "ar", "pt", "ru", "th", "id", "km", "vi")


@pytest.fixture
def ask(session: Session) -> Ask:
    status = {"+": "allowed", "-": "forbidden"}
    for key, by_lang in BANK.items():
        store_concept(
            session,
            ConceptDraft(
                key=key,
                source_language=next(iter(by_lang)),
                languages={
                    lang: LanguageDraft(
                        [
                            TermDraft(term.lstrip("+-"), status.get(term[0], "preferred"))
                            for term in terms
                        ]
                    )
                    for lang, terms in by_lang.items()
                },
            ),
        )
    session.flush()
    cache = TermCache()

    def asked(text: str, lang: str = "en") -> tuple[Run, ...]:
        return terms_in(text, index=cache.get(session), session=session, lang=lang)

    return asked


def seen(runs: tuple[Run, ...]) -> list[tuple[str, tuple[str, ...]]]:
    return [(run.text, tuple(meaning.key for meaning in run.meanings)) for run in runs]


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("servo motor", "en", [("servo motor", ("servo-motor",))]),
        ("Servo-Motors", "en", [("Servo-Motors", ("servo-motor",))]),
        ("how does a servo motor work?", "en", [("servo motor", ("servo-motor",))]),
        ("les servomoteurs", "fr", [("servomoteurs", ("servo-motor",))]),
        ("servomoteurs", "en", [("servomoteurs", ("servo-motor",))]),
        ("шаговые двигатели", "ru", [("шаговые двигатели", ("stepper-motor",))]),
        ("المحركات الخطوية", "ar", [("المحركات الخطوية", ("stepper-motor",))]),
        ("مُحَرِّكٌ خَطْوِيّ", "ar", [("مُحَرِّكٌ خَطْوِيّ", ("stepper-motor",))]),
        ("伺服电机的维修", "zh-Hans", [("伺服电机", ("servo-motor",))]),
        ("伺服電機", "zh-Hant", [("伺服電機", ("servo-motor",))]),
        ("การซ่อมเซอร์โวมอเตอร์", "th", [("เซอร์โวมอเตอร์", ("servo-motor",))]),
        ("máy bơm nước", "vi", [("máy bơm nước", ("water-pump",))]),
        ("may bom nuoc", "vi", [("may bom nuoc", ("water-pump",))]),
        ("bill of lading, carrier", "en", None),
        ("nothing of the kind", "en", []),
        ("", "en", []),
    ],
)
def test_terms_are_met_in_every_script_and_form(
    ask: Ask, text: str, lang: str, expected: list[tuple[str, tuple[str, ...]]] | None
) -> None:
    if expected is None:
        expected = [("bill of lading", ("bill-of-lading",)), ("carrier", ("carrier",))]
    found = ask(text, lang)
    assert seen(found) == expected
    assert all(text[run.start : run.end] == run.text for run in found)


def test_the_longest_term_wins(ask: Ask) -> None:
    assert seen(ask("步进电机和电机", "zh-Hans")) == [
        ("步进电机", ("stepper-motor",)),
        ("电机", ("electric-motor",)),
    ]


def test_a_single_chinese_character_is_a_term_only_by_itself(ask: Ask) -> None:
    assert seen(ask("轴", "zh-Hans")) == [("轴", ("shaft",))]
    assert seen(ask("6轴机器人", "zh-Hans")) == []
    assert seen(ask("轴承", "zh-Hans")) == [("轴承", ("bearing",))]


def test_a_few_letters_without_spaces_are_a_part_of_a_word(ask: Ask) -> None:
    assert seen(ask("រ៉ែ", "km")) == [("រ៉ែ", ("ore",))]
    assert seen(ask("ខ្មែរ", "km")) == []


def test_a_term_that_misleads_leads_to_what_is_meant_unless_it_is_one_itself(ask: Ask) -> None:
    assert seen(ask("electric engine")) == [("electric engine", ("electric-motor",))]
    assert seen(ask("carrier")) == [("carrier", ("carrier",))]


def test_a_term_of_several_concepts_means_all_of_them(ask: Ask, session: Session) -> None:
    (run,) = ask("condensador", "pt")
    assert {meaning.key for meaning in run.meanings} == {"capacitor", "condenser"}
    for number in range(5):
        store_concept(
            session,
            ConceptDraft(
                key=f"key-{number}",
                source_language="en",
                languages={"en": LanguageDraft([TermDraft("key")])},
            ),
        )
    (run,) = ask("key")
    assert len(run.meanings) == MOST_MEANINGS


def test_small_letters_of_another_language_are_not_taken_for_a_term(ask: Ask) -> None:
    assert seen(ask("il a led la ligne", "fr")) == []
    assert seen(ask("lampe LED", "fr")) == [("LED", ("diode",))]
    assert seen(ask("led lamp", "en")) == [("led", ("diode",))]
    assert seen(ask("led", "fr")) == [("led", ("diode",))]


def test_what_is_quoted_excluded_or_a_filter_stays_as_it_is(ask: Ask) -> None:
    text = '"servo motor" -carrier kind:course bearing'
    assert seen(ask(text)) == [("bearing", ("bearing",))]
    assert seen(ask('bill "of" lading')) == []


def test_the_others_are_of_the_librarys_languages_without_what_was_typed(ask: Ask) -> None:
    (run,) = ask("servo motor")
    assert [(one.lang, one.text) for one in run.others(("zh-Hans", "fr", "en"))] == [
        ("zh-Hans", "伺服电机"),
        ("fr", "servomoteur"),
        ("zh-Hans", "伺服电动机"),
    ]


def test_no_word_that_misleads_is_searched_for(ask: Ask) -> None:
    (run,) = ask("电机", "zh-Hans")
    assert [one.text for one in run.others(HELD)] == ["electric motor"]


def test_also_says_where_the_term_stands(ask: Ask) -> None:
    runs = ask("repair of a servo motor")
    (one,) = also(runs, ("fr",))
    assert (one.start, one.end) == (12, 23)
    assert one.alternatives == (Alternative("servomoteur", "fr"),)
    assert also(runs, ()) == ()


def test_whole_says_whether_there_is_anything_else(ask: Ask) -> None:
    assert ask("servo motor")[0].whole
    assert ask(" servo-motor? ")[0].whole
    assert not ask("servo motor repair")[0].whole


def test_a_long_list_of_terms_is_cut_off(ask: Ask) -> None:
    assert len(ask("carrier, " * 20)) == MOST_RUNS


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    text=st.one_of(
        st.text(max_size=400),
        st.lists(
            st.one_of(
                st.sampled_from(
                    [term.lstrip("+-") for by in BANK.values() for t in by.values() for term in t]
                ),
                st.sampled_from(
                    [" ", "-", '"', "的", "\n", "\u200b", "\ud800", "轴", "ក្រ", "ال", ":"]
                ),
            ),
            max_size=12,
        ).map("".join),
    ),
    lang=st.sampled_from([*HELD, "", "x-odd", "und"]),
)
def test_no_text_makes_it_fail(ask: Ask, text: str, lang: str) -> None:
    end = 0
    for run in ask(text, lang):
        assert end <= run.start < run.end <= len(text)
        assert run.text == text[run.start : run.end]
        assert run.meanings
        end = run.end
