"""The interface's gettext catalogues, read straight from the ``.po`` files that translators edit.

There is no compile step and no ``.mo`` file: a catalogue is read and checked once per process and language,
on first use. Entries marked fuzzy, and plurals that lack a form, are left to the English message.
"""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Callable, Iterable
from gettext import c2py
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.support import NullTranslations, Translations
from flask_babel import Babel, Domain, get_locale  # type: ignore[import-untyped]

from library.errors import Misconfigured

_PACKAGE = Path(__file__).resolve().parents[1]
_MESSAGES = Path("LC_MESSAGES") / "messages.po"

_STRING = r'"(?:[^"\\]|\\.)*"'
_LINE = re.compile(
    rf"\s*(?:#.*|(?:#~ ?)?(?:(?:msgctxt|msgid|msgid_plural|msgstr(?:\[\d\])?) +)?{_STRING}\s*)?"
)
_PLURALS = re.compile(
    r"\s*nplurals\s*=\s*(?P<count>\d+)\s*;\s*plural\s*=\s*(?P<rule>[^;]+?)\s*;?\s*"
)
_PLURALS_TRIED = 1000


def find_translations_folder() -> Path:
    """Return the folder of the catalogues: inside the package when installed, beside it in a checkout.

    :raises Misconfigured: when there is neither.
    """
    for folder in (_PACKAGE / "translations", _PACKAGE.parent / "translations"):
        if folder.is_dir():
            return folder
    raise Misconfigured(
        f"The translations of the interface are missing: there is no folder “translations” in {_PACKAGE} "
        "or beside it. Install the package again, or run it from a complete checkout."
    )


class PoDomain(Domain):  # type: ignore[misc]  # Flask-Babel carries no types
    """A gettext domain for Flask-Babel over folders of ``<locale>/LC_MESSAGES/messages.po``.

    :param folders: where the catalogues are; of two that translate the same message the later wins.
    :param without: beginnings of paths of code whose messages are not needed (`read_catalogue`).
    """

    def __init__(self, *folders: Path, without: tuple[str, ...] = ()) -> None:
        super().__init__(translation_directories=[str(folder) for folder in folders])
        self._folders = folders
        self._without = without
        self._read: dict[str, NullTranslations] = {}
        self._reading = threading.Lock()

    def serve(self, babel: Babel) -> None:
        """Make this the domain that an application's templates and ``gettext`` calls use."""
        babel.domain_instance = self

    def get_translations(self) -> NullTranslations:
        """Return the catalogue for the request's language; English messages outside any request."""
        locale = get_locale()
        return NullTranslations() if locale is None else self.translations(str(locale))

    def translations(self, locale: str) -> NullTranslations:
        """Return the catalogue for a locale (``zh_Hans``), or for its plainer forms (``fr_CA``, then ``fr``).

        English messages where there is none.

        :raises Misconfigured: for a damaged catalogue, naming file and line.
        """
        found = self._read.get(locale)
        if found is None:
            with self._reading:
                found = self._read.get(locale) or self._load(locale)
                self._read[locale] = found
        return found

    def _load(self, locale: str) -> NullTranslations:
        merged: Translations | None = None
        for path in self._paths(locale):
            catalogue = read_catalogue(path, without=self._without)
            if merged is None:
                merged = catalogue
            else:
                catalogue.add_fallback(merged)
                merged = catalogue
        return merged or NullTranslations()

    def _paths(self, locale: str) -> Iterable[Path]:
        parts = locale.split("_")
        for folder in self._folders:
            for length in range(len(parts), 0, -1):
                path = folder / "_".join(parts[:length]) / _MESSAGES
                if path.is_file():
                    yield path
                    break


def holds(words: NullTranslations | None, message: str) -> bool:
    """Whether a catalogue, or one that it falls back to, has a translation of a message.

    A translation may read like its English, so what `gettext` answers does not tell.
    """
    while words is not None:
        found = getattr(words, "_catalog", {})
        if message in found or (message, 0) in found:
            return True
        words = getattr(words, "_fallback", None)
    return False


def read_catalogue(path: Path, *, without: tuple[str, ...] = ()) -> Translations:
    """Read and check one ``.po`` file.

    Messages that only code ``without`` whose paths begin so is said to use are left out: a process that
    serves readers does without the words of the desk, two thirds of all.

    :raises Misconfigured: when the file cannot be read, is not UTF-8, not PO, or contradicts its own plural
        rule; the message names file and line.
    """
    text = _text(path)
    for place, line in enumerate(text.split("\n"), start=1):
        if not _LINE.fullmatch(line):
            raise _damaged(path, place, "this line is not of the PO format")
    if without:
        text = _cut(text, without)
    try:
        catalogue = read_po(io.StringIO(text), ignore_obsolete=True, abort_invalid=True)
    except PoFileError as error:
        raise _damaged(
            path, error.lineno + 1, str(error).removesuffix(f" on {error.lineno}")
        ) from error
    except (ValueError, IndexError, AttributeError) as error:
        raise _damaged(path, 1, f"it is not a PO file ({error})") from error
    plural_form = _plural_form(path, text, catalogue)
    for message in catalogue:
        if message.pluralizable and len(message.id) != 2:
            raise _damaged(path, message.lineno or 1, "an entry has more than one msgid_plural")
        if message.pluralizable and not all(message.string or ()):
            message.string = ""
    catalogue.charset = "utf-8"
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    translations = Translations(compiled)
    # Babel drops the rule from catalogues whose header names no language.
    translations.plural = lambda number: plural_form(int(number))
    return translations


def _cut(text: str, places: tuple[str, ...]) -> str:
    """The text with blank lines for entries whose references (``#: path``) all begin like ``places``.

    Before it is parsed, since what parsing takes is not given back whole; lines keep their numbers.
    """
    entries = text.split("\n\n")
    for n, entry in enumerate(entries):
        lines = entry.split("\n")
        paths = [path for line in lines if line.startswith("#:") for path in line[2:].split()]
        if paths and all(path.startswith(places) for path in paths):
            entries[n] = "\n" * (len(lines) - 1)
    return "\n\n".join(entries)


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Misconfigured(f"The catalogue {path} cannot be read: {error.strerror}.") from error
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        place = content.count(b"\n", 0, error.start) + 1
        raise _damaged(path, place, "this line is not UTF-8") from error


def _plural_form(path: Path, text: str, catalogue: Catalog) -> Callable[[int], int]:
    """Return the function from a number to its plural form, after trying the header's rule out."""
    lines = text.split("\n")
    line = next((n for n, content in enumerate(lines, start=1) if '"Plural-Forms:' in content), 0)
    if not line:
        if any(message.pluralizable for message in catalogue):
            raise _damaged(path, 1, "it has plurals, but no Plural-Forms in its header")
        return _english_form
    match = _PLURALS.fullmatch(catalogue.plural_forms)
    if not match:
        raise _damaged(path, line, "its Plural-Forms cannot be read")
    count = int(match["count"])
    try:
        form: Callable[[int], int] = c2py(match["rule"])
        largest = max(form(n) for n in range(_PLURALS_TRIED))
    except (ValueError, RecursionError, ZeroDivisionError) as error:
        raise _damaged(path, line, f"its plural rule cannot be computed ({error})") from error
    if largest >= count:
        raise _damaged(path, line, f"its plural rule gives form {largest} of only {count}")
    return form


def _english_form(number: int) -> int:
    return int(number != 1)


def _damaged(path: Path, line: int, what: str) -> Misconfigured:
    return Misconfigured(
        f"{path}:{line}: the catalogue is damaged: {what}.", path=str(path), line=line
    )
