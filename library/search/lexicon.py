"""The words of titles and terms: which there are, and which are like one that somebody has mistyped.

Words stand in blocks by script, within a block by length. A word is looked up with a few short reads; what
is like it is sought among words of about its length, first by which letters they have at all (32 bits a
word, one pass), then by distance. Nothing of it is held in memory.

Chinese words have a second entry, in a block of its own, under their reading without tones: a character
put for another that sounds the same is found, and so is a reading that is mistyped.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from library.search.array_file import Array, ArrayFile
from library.search.characters import BLANK, CJK, MARKS, UNSPACED, fold, plain
from library.search.nearness import distances

READINGS: Final = "reading"
"""The block of readings; all others are called after a script."""

WORDS: Final = re.compile(
    rf"[{CJK}]+|[{UNSPACED}]+|[^\W\d_{CJK}{UNSPACED}](?:[{MARKS}\u00ad\u200c\u200d\u0640]|[^\W\d_{CJK}{UNSPACED}])*"
)
"""Words of a text as they are written; runs of it where a script sets no spaces."""

_SHORTEST, _LONGEST = 3, 32
_IS_CJK: Final = re.compile(f"[{CJK}]")
_IS_UNSPACED: Final = re.compile(f"[{UNSPACED}]")
# What joins two words of a Chinese title, which has no spaces.
_JOINTS: Final = re.compile("[与和及的或之等]")
_LONGEST_RUN: Final = 12
_LONGEST_READ: Final = 8
_MOST_COUNT: Final = 65_535
# A word in a language that the reader does not read has to be this much nearer.
_ELSEWHERE: Final = 0.6
_NEIGHBOURING: Final = 0.3
# People mistype the first letter of a word far less often than others.
_OTHER_INITIAL: Final = 0.4


@dataclass(frozen=True, slots=True)
class Near:
    """A word that is like another: as it is written, in which language, in how many titles.

    ``cost`` is its distance in letters, more for a language that is not the reader's.
    """

    word: str
    lang: str
    count: int
    distance: int
    cost: float


def folded(text: str) -> str:
    """A text as words are compared: plain, without diacritics and vowel marks, signs as spaces."""
    form, _ = plain(text)
    bare = fold(form.replace(BLANK, ""))
    return " ".join("".join(c if c.isalnum() or _is_mark(c) else " " for c in bare).split())


@lru_cache(maxsize=4096)
def _is_mark(char: str) -> bool:
    return unicodedata.category(char)[0] == "M"


@lru_cache(maxsize=4096)
def script(char: str) -> str:
    """The block of words that begin with a letter."""
    name = unicodedata.name(char, "OTHER").partition(" ")[0]
    return "CJK" if name in ("HIRAGANA", "KATAKANA", "HANGUL") else name


def words_of(text: str, lang: str) -> Iterator[tuple[str, str]]:
    """The words of a title that may be suggested: (folded, as written), each as often as it stands."""
    for found in WORDS.finditer(unicodedata.normalize("NFC", text)):
        written = found[0]
        if _IS_CJK.match(written):
            runs = [written, *(_JOINTS.split(written) if lang.startswith("zh") else ())]
            for run in dict.fromkeys(runs):
                word = folded(run)
                # Of characters that are none nothing is left.
                if 2 <= len(run) <= _LONGEST_RUN and word and " " not in word:
                    yield word, run
            continue
        if lang != "de" and written[1:].islower():
            written = written.lower()
        word = folded(written)
        if _SHORTEST <= len(word) <= _LONGEST and " " not in word:
            yield word, written


class LexiconDraft:
    """Gathers words and makes the arrays of a `Lexicon`."""

    def __init__(self, *, reading: Callable[[str], str]) -> None:
        """``reading`` gives a Chinese text in pinyin, syllables apart; empty where it has none."""
        self._reading = reading
        self._counts: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
        self._spelt: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self._read: set[str] = set()

    def add(self, text: str, lang: str) -> None:
        """The words of one title or term."""
        seen = set()
        for word, written in words_of(text, lang):
            if word in seen:
                continue
            seen.add(word)
            self._counts[script(word[0])][word, lang] += 1
            if written != word:
                self._spelt[word, lang][written] += 1
            if lang.startswith("zh") and 2 <= len(word) <= _LONGEST_READ:
                self._add_reading(word, written, lang)

    def _add_reading(self, word: str, written: str, lang: str) -> None:
        read = squeezed(self._reading(written))
        if _SHORTEST <= len(read) <= _LONGEST and read.isascii() and read.isalpha():
            self._counts[READINGS][read, f"{lang} {written}"] += 1

    def arrays(self) -> tuple[dict[str, Array], dict[str, Any]]:
        """The arrays, and what a `Lexicon` has to know about them."""
        arrays: dict[str, Array] = {}
        blocks: dict[str, Any] = {}
        languages = sorted({lang.partition(" ")[0] for _, lang in self._all()})
        for block, counts in self._counts.items():
            blocks[block] = self._block(block, counts, languages, arrays)
        return arrays, {"blocks": blocks, "languages": languages}

    def _all(self) -> Iterator[tuple[str, str]]:
        for counts in self._counts.values():
            yield from counts

    def _block(
        self,
        block: str,
        counts: Counter[tuple[str, str]],
        languages: Sequence[str],
        arrays: dict[str, Array],
    ) -> dict[str, Any]:
        entries = sorted(counts, key=lambda entry: (len(entry[0]), entry))
        alphabet = "".join(sorted({c for word, _ in entries for c in word}))
        dtype = np.uint8 if len(alphabet) < 255 else np.uint32
        code = {char: n for n, char in enumerate(alphabet, 1)}
        lengths = Counter(len(word) for word, _ in entries)
        letters = np.fromiter((code[c] for word, _ in entries for c in word), dtype=dtype)
        number = {lang: n for n, lang in enumerate(languages)}
        spelt: list[tuple[int, str]] = []
        for n, (word, lang) in enumerate(entries):
            if block == READINGS:
                spelt.append((n, lang.partition(" ")[2]))
                continue
            ways = self._spelt.get((word, lang))
            if ways and ways.total() * 2 > counts[word, lang]:
                spelt.append((n, ways.most_common(1)[0][0]))
        written = [way.encode() for _, way in spelt]
        arrays |= {
            f"words.{block}.letters": letters,
            f"words.{block}.signs": _signs(letters, [len(word) for word, _ in entries]),
            f"words.{block}.counts": np.array(
                [min(counts[e], _MOST_COUNT) for e in entries], np.uint16
            ),
            f"words.{block}.langs": np.array(
                [number[e[1].partition(" ")[0]] for e in entries], np.uint8
            ),
            f"words.{block}.spelt": np.array([n for n, _ in spelt], dtype=np.uint32),
            f"words.{block}.spelt.at": np.cumsum([0, *map(len, written)], dtype=np.uint32),
            f"words.{block}.spelt.text": np.frombuffer(b"".join(written), dtype=np.uint8),
        }
        return {"alphabet": alphabet, "lengths": sorted(lengths.items())}


def squeezed(reading: str) -> str:
    """A reading as one writes it in a hurry: without spaces, tones and apostrophes."""
    return folded(reading.replace("'", "").replace("\u2019", "")).replace(" ", "")


def _signs(letters: Array, lengths: Sequence[int]) -> NDArray[np.uint32]:
    """For each word the set of its letters, as 32 bits."""
    signs = np.zeros(len(lengths), dtype=np.uint32)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    np.bitwise_or.at(signs, owner, np.uint32(1) << (letters.astype(np.uint32) % 32))
    return signs


@dataclass(frozen=True, slots=True)
class _Group:
    """The words of one length: the number of the first, how many, and where their letters begin."""

    length: int
    first: int
    count: int
    at: int


class _Block:
    def __init__(self, file: ArrayFile, name: str, about: Mapping[str, Any]) -> None:
        self.file, self.name = file, name
        self.code = {char: n for n, char in enumerate(about["alphabet"], 1)}
        self.dtype = np.dtype(np.uint8 if len(self.code) < 255 else np.uint32)
        self.groups: dict[int, _Group] = {}
        first = at = 0
        for length, count in about["lengths"]:
            self.groups[length] = _Group(length, first, count, at)
            first, at = first + count, at + count * length
        self.alphabet = about["alphabet"]

    def array(self, what: str, start: int, stop: int) -> Array:
        return self.file.array(f"words.{self.name}.{what}", start, stop)

    def codes(self, word: str) -> Array:
        return np.array([self.code.get(c, 0) for c in word], dtype=np.uint32)

    def rows(self, group: _Group) -> Array:
        flat = self.array("letters", group.at, group.at + group.count * group.length)
        return flat.reshape(group.count, group.length)

    def range(self, word: str) -> tuple[int, int]:
        """The numbers of the entries of a word, one for each language."""
        group = self.groups.get(len(word))
        codes = [self.code.get(c, 0) for c in word]
        if group is None or 0 in codes:
            return 0, 0
        wanted = tuple(codes)

        def row(n: int) -> tuple[int, ...]:
            start = group.at + n * group.length
            return tuple(self.array("letters", start, start + group.length).tolist())

        low, high = 0, group.count
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if row(middle) < wanted else (low, middle)
        end = low
        while end < group.count and row(end) == wanted:
            end += 1
        return group.first + low, group.first + end

    def written(self, numbers: Array, words: Sequence[str]) -> list[str]:
        """How entries are written; ``words`` are their folded forms."""
        spelt = self.file.array(f"words.{self.name}.spelt")
        found = np.searchsorted(spelt, numbers)
        told = []
        for n, word, at in zip(numbers.tolist(), words, found.tolist(), strict=True):
            if at < len(spelt) and spelt[at] == n:
                start, stop = self.array("spelt.at", at, at + 2).tolist()
                told.append(self.array("spelt.text", start, stop).tobytes().decode())
            else:
                told.append(word)
        return told


class Lexicon:
    """Words by script and length. Every method may raise ``Damaged``."""

    def __init__(self, file: ArrayFile, about: Mapping[str, Any]) -> None:
        self._languages: Sequence[str] = about["languages"]
        self._blocks = {name: _Block(file, name, told) for name, told in about["blocks"].items()}

    def __len__(self) -> int:
        return sum(g.count for block in self._blocks.values() for g in block.groups.values())

    def count(self, word: str) -> int:
        """In how many titles and terms a folded word stands, in all languages together."""
        block = self._blocks.get(script(word[0])) if word else None
        if block is None:
            return 0
        start, stop = block.range(word)
        return int(block.array("counts", start, stop).sum()) if stop > start else 0

    def read_as(self, reading: str) -> list[Near]:
        """The Chinese words with exactly this reading (`squeezed`), the most common first."""
        block = self._blocks.get(READINGS)
        if block is None or not reading:
            return []
        start, stop = block.range(reading)
        numbers = np.arange(start, stop)
        found = self._told(block, numbers, [reading] * len(numbers), np.zeros(len(numbers)), (), "")
        return sorted(found, key=lambda near: -near.count)

    def near(
        self,
        word: str,
        *,
        languages: Sequence[str] = (),
        most: int = 8,
        farthest: int | None = None,
    ) -> list[Near]:
        """The words most like a folded ``word``, best first, each once; never the word itself.

        ``languages`` are those that the reader reads, best first: their words go before words of
        others that are as like. ``farthest`` is the greatest distance, by default as the length of the
        word allows.
        """
        if not word or len(word) > _LONGEST:
            return []
        found: list[Near] = []
        # One slip is likelier than two in any language, and looked for in a fraction of the time.
        for reach in range(1, (allowed(word) if farthest is None else farthest) + 1):
            for name in (script(word[0]), READINGS):
                block = self._blocks.get(name)
                if block is not None and (name != READINGS or word.isascii()):
                    found += self._near(block, word, reach, languages)
            if found:
                break
        found.sort(key=lambda near: (near.cost, -near.count, near.word))
        seen: dict[str, Near] = {}
        for near in found:
            seen.setdefault(near.word, near)
        return list(seen.values())[:most]

    def _near(self, block: _Block, word: str, reach: int, languages: Sequence[str]) -> list[Near]:
        codes = block.codes(word)
        known = codes[codes > 0]
        sign = np.uint32(np.bitwise_or.reduce(np.uint32(1) << (known % 32), initial=0))
        strange = len(set(word) - block.code.keys())
        if strange > reach:
            return []
        picked: list[tuple[Array, Array]] = []
        for length in range(max(1, len(word) - reach), len(word) + reach + 1):
            group = block.groups.get(length)
            if group is None:
                continue
            signs = block.array("signs", group.first, group.first + group.count)
            apart = np.bitwise_count(signs & ~sign) <= reach
            apart &= np.bitwise_count(sign & ~signs) <= reach - strange
            chosen = np.flatnonzero(apart)
            if len(chosen):
                picked.append((chosen + group.first, block.rows(group)[chosen]))
        if not picked:
            return []
        widest = max(rows.shape[1] for _, rows in picked)
        letters = np.zeros((sum(len(rows) for _, rows in picked), widest), dtype=np.uint32)
        at = 0
        for _, rows in picked:
            letters[at : at + len(rows), : rows.shape[1]] = rows
            at += len(rows)
        numbers = np.concatenate([chosen for chosen, _ in picked])
        lengths = np.repeat([rows.shape[1] for _, rows in picked], [len(r) for _, r in picked])
        # A letter that no word has is like none; 0 is what rows are filled up with.
        far = distances(np.where(codes > 0, codes, len(block.alphabet) + 1), letters, lengths)
        fit = np.flatnonzero((far <= reach) & (far > 0))
        alphabet = block.alphabet
        words = [
            "".join(alphabet[code - 1] for code in letters[n, : lengths[n]].tolist())
            for n in fit.tolist()
        ]
        return self._told(block, numbers[fit], words, far[fit], languages, word)

    def _told(
        self,
        block: _Block,
        numbers: Array,
        words: Sequence[str],
        far: Array,
        languages: Sequence[str],
        word: str,
    ) -> list[Near]:
        told = []
        own = languages[0] if languages else ""
        written = block.written(numbers, words)
        for number, form, way, distance in zip(
            numbers.tolist(), words, written, far.tolist(), strict=True
        ):
            lang = self._languages[int(block.array("langs", number, number + 1)[0])]
            count = int(block.array("counts", number, number + 1)[0])
            cost = float(distance) - min(0.3, 0.05 * count.bit_length())
            if lang != own:
                cost += _NEIGHBOURING if lang in languages else _ELSEWHERE
            if word and form[0] != word[0]:
                cost += _OTHER_INITIAL
            told.append(Near(way, lang, count, int(distance), cost))
        return told


def allowed(word: str) -> int:
    """How many slips may lie between a word and what was meant, given its length and script."""
    size = len(word)
    if _IS_CJK.match(word):
        return 0 if size < 3 else 1 if size < 6 else 2
    if _IS_UNSPACED.match(word):
        return 0 if size < 4 else 1 if size < 8 else 2 if size < 15 else 3
    return 0 if size < 3 else 1 if size < 6 else 2 if size < 12 else 3
