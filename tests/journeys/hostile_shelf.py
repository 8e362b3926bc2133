"""A content folder of nothing else than hostile strings: in every sort of text, and in every fact."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from tests.journeys.hostile_strings import OWN, naughty
from tests.judges.site import Site

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
# A grey picture of one pixel, which is all that these works have of media.
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c636800000082008177cd72b60000000049454e44ae426082"
)

# Strings of the shared list that share one work: as many pages as needed, not as many as strings.
BUNDLE = 20


@dataclass(frozen=True, slots=True)
class Case:
    """One string; ``text`` is what an importer may store of it."""

    key: str
    string: str
    text: str

    @property
    def line(self) -> str:
        return " ".join(self.text.split())


@dataclass(slots=True)
class Shelf:
    """The site, and the strings on the pages of each key: of courses, and of everything else."""

    site: Site
    courses: dict[str, list[Case]]
    records: dict[str, list[Case]]

    @property
    def paths(self) -> list[str]:
        """The address of every page about something."""
        found = [f"/{lang}/courses/{key}" for key in self.courses for lang in ("en", "ar")]
        for key, cases in self.courses.items():
            found += [f"/en/courses/{key}/{case.key}" for case in cases]
        kinds = ("institutions", "partnerships", "terms", "equipment")
        return found + [f"/en/{kind}/{key}" for key in self.records for kind in kinds]


def every_case() -> list[Case]:
    made = []
    for number, string in enumerate([*OWN, *(naughty() or [])]):
        text = _REFUSED.sub("", string)
        if squeezed(text):
            made.append(Case(f"case-{number}", string, text))
    return made


def typed(text: str) -> str:
    """Markdown that means just these characters."""
    return _PUNCTUATION.sub(lambda match: f"&#{ord(match[1])};", text)


def quoted(text: str) -> str:
    """A TOML string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def squeezed(text: str) -> str:
    """Text without its spaces, which pages may break and join, and the one character nobody sees."""
    return "".join(text.replace("\x7f", " ").split())


def file_name(case: Case) -> str:
    """A name for a picture as close to the string as a file system and the importer allow."""
    kept = "".join(c for c in case.line.replace("/", "∕").replace("\\", "∖") if c.isprintable())
    return f"{case.key} " + kept.encode()[:180].decode(errors="ignore") + ".png"


def put_files(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        stem, _, ending = name.rpartition("_")
        (folder / f"{stem}.{ending}").write_text(text, encoding="utf-8")


def _texts(case: Case) -> str:
    """The string in every sort of text: typed so that it means itself, and raw."""
    line = case.line
    fence = "~" * (3 + max(map(len, re.findall("~+", case.text)), default=0))
    code = "\n".join(case.text.splitlines())
    return f"""{typed(line)}

{fence}
{code}
{fence}

{line}

| {typed(line[:5000])} | `x` |
|---|---|
| {line[:5000]} | {typed(line[:5000])} |

- {line}

> {line}

[{typed(line[:2000])}]({line[:2000]})

[{line[:2000]}](<{line[:2000]}> "{line[:2000]}")

![{typed(line[:2000])}]({quote(file_name(case))} "{typed(line[:2000])}")

<a href="{line[:2000]}" title='{line[:2000]}'>{line}</a>

!!! note "{line[:2000]}"

    {line}
"""


def put_course(root: Path, key: str, cases: list[Case]) -> None:
    folder = root / "course" / key
    first = cases[0].line
    shorts = [quoted(case.line[:200].strip()) for case in cases]
    contributors = [f"{{name = {short}, role = {short}}}" for short in shorts]
    links = [
        f'{{url = "https://example.org/?q={quote(case.line[:100])}", title = {quoted(case.line[:2000])}}}'
        for case in cases
    ]
    titles = [
        f"[media.{quoted(file_name(case))}]\ntitle = {quoted(case.line[:2000])}" for case in cases
    ]
    put_files(
        folder,
        meta_toml=f"""source_language = "en"
licence = "CC-BY-4.0"
version = {quoted(first[:40].strip())}
contributors = [{", ".join(contributors)}]
links = [{", ".join(links)}]
[editions.en]
answered_by = {shorts[0]}
{chr(10).join(titles)}
""",
        en_md=f"# {typed(first)}\n\n{typed(first)}\n\n" + "\n".join(map(_texts, cases)),
    )
    for number, case in enumerate(cases):
        (folder / file_name(case)).write_bytes(PIXEL)
        put_files(
            folder / f"{number:03}-{case.key}",
            en_md=f"# {typed(case.line)}\n\n## {case.line}\n\n{case.line}\n\n[^1]: {case.line}\n",
        )


def put_records(root: Path, key: str, cases: list[Case]) -> None:
    """An institution, a partnership, a concept and a machine whose facts are the strings."""
    longs = [quoted(case.line[:1990]) for case in cases]
    shorts = [quoted(case.line[:200].strip()) for case in cases]
    first = cases[0].line
    text = "\n\n".join([f"# {typed(first)}", *(typed(case.line) for case in cases)])
    put_files(
        root / "institution" / key,
        meta_toml=f"""source_language = "en"
type = "college"
country = "KH"
city = {shorts[0]}
source = {longs[0]}
website = "https://example.org/{quote(first[:100])}"
""",
        en_md=text,
    )
    put_files(
        root / "partnership" / key,
        meta_toml=f"""source_language = "en"
type = "site"
brand = "luban-workshop"
country = "KH"
city = {shorts[0]}
source = {longs[0]}
members = [{{institution = {quoted(key)}, role = "lead"}}]
programmes = [{", ".join(f"{{en = {long}}}" for long in longs)}]
""",
        en_md=text,
    )
    allowed = [
        f"{quoted(f'{n}. {case.line[:1990]}')}, {{text = {quoted(f'{n}: {case.line[:1990]}')}, "
        f"reading = {long}}}"
        for n, (case, long) in enumerate(zip(cases, longs, strict=True))
    ]
    put_files(
        root / "term" / key,
        meta_toml=f"""source_language = "en"
[terms.en]
reading = {longs[0]}
allowed = [{", ".join(allowed)}]
forbidden = [{", ".join(quoted(f"{n}; {case.line[:1990]}") for n, case in enumerate(cases))}]
""",
        en_md=text,
    )
    parameters = [
        f"{{name = {{en = {long}}}, value = {quoted(case.line[:500].strip())}, unit = {short}}}"
        for case, long, short in zip(cases, longs, shorts, strict=True)
    ]
    put_files(
        root / "equipment" / key,
        meta_toml=f"""source_language = "en"
licence = "CC-BY-4.0"
parameters = [{", ".join(parameters)}]
""",
        en_md=text,
    )


def bundles(cases: list[Case]) -> dict[str, list[Case]]:
    return {f"bundle-{cases[n].key}": cases[n : n + BUNDLE] for n in range(0, len(cases), BUNDLE)}
