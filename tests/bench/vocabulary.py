"""Words for a synthetic library: as many, as long and as unevenly used as those of real languages."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

_LITTLE = "the of and a to in is for with on as by it are from"
# Words of the trade, so that pages and queries read as what they stand for. Commonest first.
_TRADE = (
    "motor current voltage circuit machine control sensor safety system power measure tool pressure "
    "switch cable drive signal load torque valve pump bearing gear shaft relay contactor frequency "
    "resistance temperature cooling compressor refrigerant hydraulic pneumatic cylinder robot welding "
    "inspection maintenance fault diagnosis insulation earth phase transformer battery charger inverter "
    "controller program network encoder servo lathe milling thread tolerance drawing assembly alignment "
    "lubrication rail signalling track locomotive vehicle engine brake steering logistics warehouse "
    "freight container customs hotel kitchen recipe tourism guide nursing hygiene patient textile loom "
    "silk dye ceramic kiln mould steel alloy furnace mining ventilation pump borehole irrigation soil "
    "seed harvest drone survey map concrete formwork scaffold crane lift tunnel bridge"
)

_SYLLABLES = {
    "en": "con pre tion al ter ing er re de in ment able ist form port act ver sen duc tor mit per "
    "sta lo ma ne ri so ta li na ra to me",
    "fr": "con pré tion al eur ant é re dé in ment able iste form port acte ver sé duc teur met per "
    "sta lo ma ne ri so ta li",
    "ar": "ال م ت ي س ن ب ر ل ع ف ق د ك ه و ج ح ش ط ا ة",
    "ru": "по на пре ств ни ро ва ре ко та ли ть ен ия ос не ми то ра ка де ле ст",
    "pt": "con pré ção al dor ando re de in mento ável ista form port ato ver se du tor per sta lo",
    "th": "การ ความ นำ มา ที่ ไฟ ฟ้า กล เครื่อง วัด ระ บบ ตรวจ สอบ ช่าง แรง ดัน ทำ งาน หมุน",
    "id": "pe me ber ter kan an i per ke se di nya lah ra ta ka ma la sa na ba tu li mu",
    "sw": "ku m wa ki vi u ni na sha li ka ji ma ta za fu nga mba ndi a ra pi tu",
    "km": "ការ អគ្គិ សនី ម៉ូ ទ័រ ប្រ ព័ន្ធ វាស់ សុវត្ថិ ភាព ឧប ករណ៍ ម៉ា ស៊ីន ថាម ពល ត្រួត ពិនិត្យ",
}
_JOINED = {"zh-Hans": "", "th": "", "km": ""}
_SIZE = 8_000
# Where the common Chinese characters begin and end, and how many are in use, the commonest most.
_HAN = range(0x4E00, 0x9FA5)
_HAN_USED = 1_500
_HAN_WORDS = 4_000


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words with how often they come (as sums, for ``random.choices``), and how they are joined."""

    words: tuple[str, ...]
    weights: tuple[float, ...]
    space: str
    stop: str

    def sentence(self, chance: random.Random, length: int) -> str:
        picked = chance.choices(self.words, cum_weights=self.weights, k=length)
        text = self.space.join(picked)
        return text[:1].upper() + text[1:] + self.stop

    def paragraph(self, chance: random.Random, words: int) -> str:
        """Sentences of about fifteen words, together about ``words`` words."""
        sentences = []
        while words > 0:
            length = min(words, chance.randint(9, 21))
            sentences.append(self.sentence(chance, length))
            words -= length
        return (" " if self.space else "").join(sentences)

    def title(self, chance: random.Random) -> str:
        picked = chance.choices(self.words, cum_weights=self.weights, k=chance.randint(3, 6))
        text = self.space.join(picked)
        return text[:1].upper() + text[1:]


@cache
def vocabulary(lang: str) -> Vocabulary:
    """The words of a language; the same in every run. Use falls with rank as Zipf found it."""
    chance = random.Random(f"vocabulary {lang}")
    words: dict[str, None] = {}
    if lang == "en":
        words.update(dict.fromkeys(_LITTLE.split() + _TRADE.split()))
    if lang == "zh-Hans":
        used = [chr(code) for code in chance.sample(_HAN, _HAN_USED)]
        often = [1 / (rank + 20) for rank in range(_HAN_USED)]
        while len(words) < _HAN_WORDS:
            words["".join(chance.choices(used, often, k=2))] = None
    else:
        syllables = _SYLLABLES[lang].split()
        while len(words) < _SIZE:
            word = "".join(chance.choices(syllables, k=chance.randint(2, 4)))
            words[word] = None
    weights = tuple(accumulate(1 / (rank + 2.7) for rank in range(len(words))))
    stop = "。" if lang == "zh-Hans" else "។" if lang == "km" else "" if lang == "th" else "."
    return Vocabulary(tuple(words), weights, _JOINED.get(lang, " "), stop)
