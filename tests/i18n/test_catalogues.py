"""Catalogues read from .po files, in memory."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

import pytest
from babel.support import NullTranslations
from flask import Flask
from flask_babel import Babel, gettext, ngettext

from library.errors import Misconfigured
from library.http.language import AT_THE_DESK
from library.i18n import catalogues
from library.i18n.catalogues import PoDomain, find_translations_folder, holds, read_catalogue
from library.i18n.interface import INTERFACE_LANGUAGES, locale_folder

_RULES = {
    "en": "nplurals=2; plural=(n != 1);",
    "zh_Hans": "nplurals=1; plural=0;",
    "fr": "nplurals=2; plural=(n > 1);",
    "ar": (
        "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2"
        " : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);"
    ),
    "ru": (
        "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0"
        " : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);"
    ),
    "pt": "nplurals=2; plural=(n > 1);",
    "th": "nplurals=1; plural=0;",
    "id": "nplurals=1; plural=0;",
    "sw": "nplurals=2; plural=(n != 1);",
    "km": "nplurals=1; plural=0;",
}


def _po(rule: str, body: str) -> str:
    return (
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Plural-Forms: {rule}\\n"\n\n{body}'
    )


def _write(folder: Path, locale: str, text: str) -> Path:
    path = folder / locale / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _plural_entry(count: int) -> str:
    forms = "".join(f'msgstr[{n}] "{n}: %(num)d"\n' for n in range(count))
    return f'msgid "%(num)d file"\nmsgid_plural "%(num)d files"\n{forms}'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for locale, rule in _RULES.items():
        _write(tmp_path, locale, _po(rule, _plural_entry(int(rule[9]))))
    return tmp_path


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("en", {0: 1, 1: 0, 2: 1}),
        ("zh_Hans", {0: 0, 1: 0, 5: 0}),
        ("fr", {0: 0, 1: 0, 2: 1}),
        ("ar", {0: 0, 1: 1, 2: 2, 3: 3, 10: 3, 11: 4, 99: 4, 100: 5, 103: 3}),
        ("ru", {1: 0, 2: 1, 5: 2, 11: 2, 21: 0, 22: 1}),
        ("pt", {1: 0, 2: 1}),
        ("th", {1: 0, 2: 0}),
        ("id", {1: 0, 2: 0}),
        ("sw", {1: 0, 2: 1}),
        ("km", {1: 0, 2: 0}),
    ],
)
def test_plurals_follow_the_rule_of_the_language(
    folder: Path, locale: str, expected: dict[int, int]
) -> None:
    translations = PoDomain(folder).translations(locale)
    forms = {n: int(translations.ngettext("%(num)d file", "%(num)d files", n)[0]) for n in expected}
    assert forms == expected


def test_there_is_a_case_for_every_interface_language() -> None:
    assert set(_RULES) == {locale_folder(tag) for tag in INTERFACE_LANGUAGES}


def test_fuzzy_empty_and_half_translated_entries_stay_english(tmp_path: Path) -> None:
    body = (
        '#, fuzzy\nmsgid "Search"\nmsgstr "Chercher"\n\n'
        'msgid "Home"\nmsgstr ""\n\n'
        'msgid "%(num)d file"\nmsgid_plural "%(num)d files"\nmsgstr[0] "%(num)d fichier"\nmsgstr[1] ""\n\n'
        'msgctxt "verb"\nmsgid "Order"\nmsgstr "Ranger"\n\n'
        '#~ msgid "Old"\n#~ msgstr "Vieux"\n'
    )
    translations = read_catalogue(_write(tmp_path, "fr", _po(_RULES["fr"], body)))
    assert translations.gettext("Search") == "Search"
    assert translations.gettext("Home") == "Home"
    assert translations.ngettext("%(num)d file", "%(num)d files", 1) == "%(num)d file"
    assert translations.ngettext("%(num)d file", "%(num)d files", 2) == "%(num)d files"
    assert translations.pgettext("verb", "Order") == "Ranger"
    assert translations.gettext("Order") == "Order"
    assert translations.gettext("Old") == "Old"


def test_a_plural_missing_in_a_language_of_one_form_keeps_the_english_plural(
    tmp_path: Path,
) -> None:
    body = 'msgid "%(num)d file"\nmsgid_plural "%(num)d files"\nmsgstr[0] ""\n'
    translations = read_catalogue(_write(tmp_path, "km", _po(_RULES["km"], body)))
    assert translations.ngettext("%(num)d file", "%(num)d files", 5) == "%(num)d files"


_GOOD = _po(_RULES["fr"], 'msgid "Home"\nmsgstr "Accueil"\n' + _plural_entry(2))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (_GOOD.replace('"Accueil"', '"Accueil'), 7),
        (_GOOD.replace('msgstr "Accueil"', "<<<<<<< ours"), 7),
        (_GOOD.replace('msgstr "Accueil"\n', ""), 6),
        (_GOOD.replace("plural=(n > 1)", "plural=(n > 1 ? 4 : 0)"), 4),
        (_GOOD.replace("plural=(n > 1)", "plural=import(n)"), 4),
        (_GOOD.replace("plural=(n > 1)", "plural=n/0"), 4),
        (_GOOD.replace('"Plural-Forms: nplurals=2; plural=(n > 1);\\n"\n', ""), 1),
        (_GOOD + 'msgstr[2] "too many"\n', 8),
        (_GOOD + 'msgid_plural "again"\nmsgstr[0] "a"\n', 8),
        ('"floating"\n', 1),
        ("\x00\x01", 1),
    ],
)
def test_a_damaged_catalogue_is_named_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    path = _write(tmp_path, "fr", text)
    with pytest.raises(Misconfigured) as error:
        PoDomain(tmp_path).translations("fr")
    assert error.value.message.startswith(f"{path}:{line}: ")
    assert error.value.details == {"path": str(path), "line": line}


def test_a_catalogue_that_is_not_utf_8_is_named_with_its_line(tmp_path: Path) -> None:
    path = _write(tmp_path, "fr", _GOOD)
    path.write_bytes(_GOOD.encode().replace(b"Accueil", b"Accu\xe9il"))
    with pytest.raises(Misconfigured, match=r":7: .*UTF-8"):
        read_catalogue(path)


def test_a_catalogue_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"none\.po cannot be read"):
        read_catalogue(tmp_path / "none.po")


def test_every_cut_of_a_catalogue_is_read_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.po"
    content = _GOOD.encode()
    for end in range(len(content)):
        path.write_bytes(content[:end])
        with contextlib.suppress(Misconfigured):
            read_catalogue(path)


def test_a_region_uses_the_catalogue_of_its_language_and_strangers_get_english(
    folder: Path,
) -> None:
    domain = PoDomain(folder)
    assert domain.translations("fr_CA").ngettext("%(num)d file", "%(num)d files", 2) == "1: %(num)d"
    assert domain.translations("de").ngettext("%(num)d file", "%(num)d files", 2) == "%(num)d files"


def test_a_later_folder_adds_to_an_earlier_one_and_wins(tmp_path: Path) -> None:
    body = 'msgid "Home"\nmsgstr "{0}"\n\nmsgid "{0}"\nmsgstr "only {0}"\n'
    for name in ("one", "two"):
        _write(tmp_path / name, "fr", _po(_RULES["fr"], body.replace("{0}", name)))
    translations = PoDomain(tmp_path / "one", tmp_path / "two").translations("fr")
    assert [translations.gettext(m) for m in ("Home", "one", "two")] == [
        "two",
        "only one",
        "only two",
    ]


def test_a_catalogue_is_read_once_however_many_threads_ask(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []
    whole = catalogues.read_catalogue

    def counting(path: Path, *, without: tuple[str, ...]) -> object:
        read.append(path)
        return whole(path, without=without)

    monkeypatch.setattr(catalogues, "read_catalogue", counting)
    domain = PoDomain(folder)
    gate = threading.Barrier(8)
    got: list[object] = []

    def ask() -> None:
        gate.wait()
        got.append(domain.translations("ar"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read) == 1
    assert len({id(each) for each in got}) == 1


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    _write(
        tmp_path,
        "zh_Hans",
        _po(_RULES["zh_Hans"], 'msgid "Home"\nmsgstr "首页"\n' + _plural_entry(1)),
    )
    app = Flask(__name__)
    babel = Babel(app, locale_selector=lambda: app.config["READER"])
    PoDomain(tmp_path).serve(babel)
    return app


def test_pages_and_code_of_an_application_speak_the_readers_language(app: Flask) -> None:
    app.config["READER"] = "zh_Hans"
    with app.test_request_context():
        assert gettext("Home") == "首页"
        assert ngettext("%(num)d file", "%(num)d files", 3) == "0: 3"
        template = app.jinja_env.from_string("{{ _('Home') }} {% trans %}Home{% endtrans %}")
        assert template.render() == "首页 首页"


def test_pages_are_english_where_there_is_no_catalogue(app: Flask) -> None:
    app.config["READER"] = "en"
    with app.test_request_context():
        assert gettext("Home") == "Home"


def test_outside_a_request_messages_are_english(tmp_path: Path) -> None:
    assert PoDomain(tmp_path).gettext("Home") == "Home"


def test_catalogues_are_found_beside_a_checkout_and_inside_a_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site" / "library"
    package.mkdir(parents=True)
    monkeypatch.setattr(catalogues, "_PACKAGE", package)
    with pytest.raises(Misconfigured, match="translations of the interface are missing"):
        find_translations_folder()
    (package.parent / "translations").mkdir()
    assert find_translations_folder() == package.parent / "translations"
    (package / "translations").mkdir()
    assert find_translations_folder() == package / "translations"


def test_a_translation_that_reads_like_its_english_is_one(folder: Path, tmp_path: Path) -> None:
    rule = _RULES["fr"]
    _write(tmp_path / "more", "fr", _po(rule, 'msgid "section"\nmsgstr "section"\n'))
    words = PoDomain(folder, tmp_path / "more").translations("fr")
    assert holds(words, "section")
    assert holds(words, "%(num)d file")
    assert not holds(words, "chapter")
    assert not holds(NullTranslations(), "section")


def test_words_of_code_that_is_not_there_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "fr.po"
    path.write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
        '#: library/web/desk/home.py\nmsgid "Desk"\nmsgstr "Bureau"\n\n'
        '#: library/web/desk/home.py library/web/home.py\nmsgid "Both"\nmsgstr "Les deux"\n\n'
        'msgid "Somewhere"\nmsgstr "Quelque part"\n\n'
        '#: library/web/desk/home.py\nmsgctxt "state"\nmsgid "Open"\nmsgstr "Ouvert"\n',
        encoding="utf-8",
    )
    whole = read_catalogue(path)
    assert (whole.ugettext("Desk"), whole.upgettext("state", "Open")) == ("Bureau", "Ouvert")
    lean = read_catalogue(path, without=("library/web/desk/",))
    assert (lean.ugettext("Desk"), lean.upgettext("state", "Open")) == ("Desk", "Open")
    assert (lean.ugettext("Both"), lean.ugettext("Somewhere")) == ("Les deux", "Quelque part")


def test_readers_pages_say_nothing_that_only_the_desk_has_words_for() -> None:
    """Every message that code of readers' pages names is in the lean catalogue."""
    folder = find_translations_folder()
    whole = PoDomain(folder).translations("fr")
    lean = PoDomain(folder, without=AT_THE_DESK).translations("fr")
    assert lean.ugettext("Search") == whole.ugettext("Search") != "Search"
    assert lean.ugettext("Hand in for review") == "Hand in for review"
