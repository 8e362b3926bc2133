"""The words that ask: what, wer, ¿cuándo?, 什么, كيف.

A text that answers a question seldom holds the words that ask it, and where it does, it asks something
itself or goes on about *what* and *how*. How rarely they occur among statements makes them look telling.
In a question they are therefore not looked for, unless hardly a word would be left.

Letters that are not Latin tell whose asking words they can be. Latin ones are those of the reader's
language, or of a language in which the question begins with one: *comment* asks in French and is a
remark in English.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import cache
from typing import Final

from library.search.characters import CJK, MARKS, UNSPACED
from library.search.syntax import QUOTED

LEAST_LEFT: Final = 2
"""Words that must be left of a question, or characters of a script without spaces."""

# Of each language, words that ask wherever they stand; with ^ those that do so at the beginning only.
# What is written in capitals ("the WHO", "Doctor Who", "AI" in Vietnamese) does not ask.
_LATIN: Final = {
    "de": "was wer wen wem wessen wann wo woher wohin warum wieso weshalb wie welche welcher welches "
    "welchem welchen wozu worüber womit woran worauf woraus worum wofür wodurch wonach wieviel wieviele",
    "en": "what which who whom whose when where why how",
    "es": "qué quién quiénes cuál cuáles cuándo dónde adónde cómo cuánto cuánta cuántos cuántas "
    "^que ^quien ^quienes ^cual ^cuales ^cuando ^donde ^como ^cuanto ^cuanta ^cuantos ^cuantas",
    "fr": "quoi quel quelle quels quelles lequel laquelle lesquels lesquelles où quand comment combien "
    "pourquoi qu'est-ce est-ce ^que ^qui",
    "id": "apa apakah siapa siapakah kapan mana manakah dimana mengapa kenapa bagaimana bagaimanakah "
    "berapa berapakah",
    "it": "chi quale quali quando dove perché quanto quanta quanti quante ^che ^cosa ^come ^qual",
    "pt": "quê quem qual quais quando onde aonde quanto quanta quantos quantas ^que ^como ^porque",
    "ro": "ce cine cui care când unde cum cât câtă câți câte",
    "sw": "nini nani lini wapi gani ngapi wangapi mangapi mingapi vingapi ipi yupi zipi lipi kipi vipi "
    "^je",
    "tr": "ne neyi neye nedir neydi neler nelerdir kim kimin kime kimi kimdir kimler hangi hangisi "
    "hangisidir nerede nereye nereden nasıl nasıldır niçin kaç kaçtır kaçı kaçıncı mi mı mu mü "
    "ne_kadar ne_zaman ^neden",
    "vi": "gì nào ai đâu mấy bao_nhiêu bao_lâu tại_sao vì_sao thế_nào như_thế_nào khi_nào ở_đâu cái_gì là_gì",
}
_OTHERS: Final = (
    # Arabic: "from" is written like "who", and "km" like "how many".
    "ماذا لماذا بماذا متى أين اين كيف أي أية اي بأي لأي بكم هل لمن فيم ^ما ^من ^كم",
    "τι ποιος ποια ποιο ποιοι ποιες ποιον ποιαν ποιου ποιας ποιων ποιους πότε πού πώς πόσο πόσος πόση "
    "πόσοι πόσες πόσα πόσων πόσους γιατί",
    "क्या कौन कौनसा कौनसी कौन-सा कौन-सी कौन-से कौन_सा कौन_सी कौन_से "
    "किस किसे किसने किसका किसकी किसके किन किन्हें कब कहाँ "
    "कहां क्यों कैसे कितना कितनी कितने",
    "что кто кого кому кем ком какой какая какое какие какого какому каком каким какую каких какими "
    "каков какова каково каковы когда где куда откуда почему зачем как сколько скольких чей чья чьё "
    "чем чего чему",
)
_UNSPACED: Final = (
    # Chinese, in simplified and traditional form; 几何 is geometry.
    "是?(?:[为為]什[么麼]|什[么麼](?:时候|時候)?|[谁誰]|哪一?[些里裡位种種个個条條年]?|怎[么麼样樣]样?|如何"
    "|[为為]何|何[时時处處地人种種]|多[少久大长長高远遠]|[几幾](?=[个個年次种種天月日岁歲位人]))",
    # Thai; เกี่ยว is "about", ใคร่ "to wish".
    "คืออะไร|อะไร(?:บ้าง)?|เมื่อ(?:ไหร่|ไร|ใด)|ที่ไหน|ทำไม|อย่างไร|เท่า(?:ไหร่|ไร|ใด)|(?<!เ)กี่|ไหน|ผู้ใด|ใคร(?!่)|ใด",
    # Khmer.
    "ហេតុអ្វី|អ្វី|អ្នកណា|នរណា|ពេលណា|កន្លែងណា|ឯណា|យ៉ាងដូចម្តេច|យ៉ាងម៉េច|ប៉ុន្មាន",
)
_BEFORE: Final = rf"(?<![\w{MARKS}-])"
_AFTER: Final = rf"(?![\w{MARKS}-])"
_LETTER: Final = rf"[^\W_{CJK}{UNSPACED}]"
_WORD: Final = re.compile(rf"{_LETTER}(?:[{MARKS}]|{_LETTER})*+|[{CJK}{UNSPACED}]")
_ASKED: Final = re.compile("[?\u061f\uff1f]\\s*\\Z")


def without_asking(text: str, lang: str, languages: Collection[str]) -> tuple[str, int]:
    """A query with blanks in place of the words that ask, as long as before, and how many they are.

    ``lang`` is the reader's language, ``languages`` are those that the query may be in, all by their
    primary subtags. The query itself where it asks nothing, or says hardly anything besides. What is
    quoted is left alone.
    """
    said = list(_WORD.finditer(text))
    if len(said) <= LEAST_LEFT:
        return text, 0
    # What else begins with a capital is a name.
    at = said[0].start()
    lowered = text[:at] + _lower(text[at]) + text[at + 1 :]
    beginning = {
        one
        for one in {lang, *languages} & _LATIN.keys()
        if _at_first(_LATIN[one]).match(lowered, at)
    }
    asking = beginning if _ASKED.search(text) else beginning & {lang}
    if not beginning and lang in _LATIN and _ASKED.search(text):
        asking = {lang}
    spans = {found.span() for one in _UNSPACED for found in re.finditer(one, text)}
    for words in (*_OTHERS, *(_LATIN[one] for one in asking)):
        spans.update(found.span() for found in _anywhere(words).finditer(lowered))
        if beginner := _at_first(words).match(lowered, at):
            spans.add(beginner.span())
    quoted = [found.span() for found in QUOTED.finditer(text)]
    spans = {s for s in spans if not any(q[0] < s[1] and s[0] < q[1] for q in quoted)}
    left = list(text)
    for start, end in spans:
        left[start:end] = " " * (end - start)
    rest = "".join(left)
    if not spans or len(_WORD.findall(rest)) < LEAST_LEFT:
        return text, 0
    return rest, len(spans)


def _lower(letter: str) -> str:
    """In small, where that is one letter as well."""
    small = letter.lower()
    return small if len(small) == 1 else letter


@cache
def _anywhere(words: str) -> re.Pattern[str]:
    return _any_of(word for word in words.split() if word[0] != "^")


@cache
def _at_first(words: str) -> re.Pattern[str]:
    return _any_of(word.removeprefix("^") for word in words.split())


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    either = "|".join(re.escape(w).replace("_", " ") for w in sorted(words, key=len, reverse=True))
    return re.compile(f"{_BEFORE}(?:{either}){_AFTER}")
