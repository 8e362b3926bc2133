"""Bad input at the command line: refused in one sentence that says what, where and what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.judges.site import PROGRAM, ROOT, Site, stored_works

_META = 'source_language = "en"\nlicence = "CC-BY-4.0"\n'
_SUBTITLES = "WEBVTT\n\n00:00.000 --> 00:02.000\nThe vane turns.\n"


def _work(
    root: Path, meta: str, *, name: str = "course/odd", text: str = "# Odd\n\nText.\n"
) -> Path:
    folder = root / name
    folder.mkdir(parents=True)
    (folder / "meta.toml").write_text(meta)
    (folder / "en.md").write_text(text)
    return folder


@pytest.mark.parametrize(
    ("meta", "said"),
    [
        ("licence = ", "meta.toml:1: This is not TOML: "),
        ('licence = "CC-BY-4.0"\n', "source_language"),
        (
            'source_language = "xx-yy-zz-0"\nlicence = "CC-BY-4.0"\n',
            "meta.toml:1: source_language: ",
        ),
        (_META + "huors = 3\n", "meta.toml:3: huors: There is no key “huors” here. Did you mean"),
        (_META + 'hours = "3"\n', "meta.toml:3: hours: This must be a number"),
        (_META + "hours = nan\n", "meta.toml:3: hours: The number must be between"),
        (_META + "hours = 1e999\n", "meta.toml:3: hours: The number must be between"),
        (
            _META + 'institutions = ["nowhere"]\n',
            "meta.toml:3: institutions[0]: The library has no",
        ),
        (_META + 'links = [{url = "javascript:alert(1)"}]\n', "is not a web address"),
        (_META + 'uuid = "1"\n', "meta.toml:3: uuid: This must be a UUID"),
        (_META + "published = 9999-12-31\n", "meta.toml:3: published: The year 9999"),
        (_META + "a = " + "[" * 5000, "meta.toml: This TOML cannot be read"),
        (_META + 'codes = ["isced-f-2013:9999999"]\n', "meta.toml:3: codes[0]: "),
        (_META + "[editions.qq-zz-latn-x]\n", "meta.toml:3: "),
    ],
)
def test_wrong_facts_are_refused_in_one_sentence(
    site: Site, tmp_path: Path, meta: str, said: str
) -> None:
    _work(tmp_path / "content", meta)
    output = site.run("import", tmp_path / "content", fails=True)
    faults = [line for line in output.splitlines() if line.startswith("fault: ")]
    assert len(faults) == 1
    assert said in faults[0]
    assert "Traceback" not in output
    assert stored_works(site.data) == {}


def _pipe(folder: Path) -> None:
    os.mkfifo(folder / "film.en.vtt")


def _out(folder: Path) -> None:
    (folder / "secret.txt").symlink_to("/etc/hostname")


def _loop(folder: Path) -> None:
    (folder / "round.png").symlink_to("round.png")


def _latin(folder: Path) -> None:
    (folder / "fr.md").write_bytes("# Électricité\n".encode("latin-1"))


def _no_language(folder: Path) -> None:
    (folder / "readme.md").write_text("# Read me\n")


def _twins(folder: Path) -> None:
    (folder / "zh-CN.md").write_text("# 一\n")
    (folder / "zh-Hans.md").write_text("# 一\n")


def _huge(folder: Path) -> None:
    (folder / "fr.md").write_text("# Long\n\n" + "mot " * 600_000)


def _entities(folder: Path) -> None:
    levels = "".join(
        f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "boom" * 10}">' for n in range(12)
    )
    (folder / "plan.svg").write_text(
        f'<!DOCTYPE svg [{levels}]><svg xmlns="http://www.w3.org/2000/svg"><text>&e11;</text></svg>'
    )


def _untitled(folder: Path) -> None:
    (folder / "01-part").mkdir()
    (folder / "01-part" / "en.md").write_text("Text without a title.\n")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_pipe, "film.en.vtt: "),
        (_out, "secret.txt: This is a link that leads out of the work's folder."),
        (_loop, "round.png: "),
        (_latin, "fr.md:1: The text is not UTF-8 (byte 3 is 0xc9). Save it as UTF-8."),
        (_no_language, "readme.md: The name of a Markdown file is its language."),
        (_twins, "is here already, and both are in zh-Hans."),
        (_huge, "fr.md: The file is larger than 2 MB."),
        (_untitled, "01-part/en.md:1: The text has no title."),
    ],
)
def test_a_broken_folder_is_refused_in_one_sentence(
    site: Site, tmp_path: Path, spoil: Callable[[Path], None], said: str
) -> None:
    spoil(_work(tmp_path / "content", _META))
    output = site.run("import", tmp_path / "content", fails=True)
    faults = [line for line in output.splitlines() if line.startswith("fault: ")]
    assert len(faults) == 1
    assert said in faults[0]
    assert "Traceback" not in output
    assert stored_works(site.data) == {}


_PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.png", b"<!doctype html><script>alert(1)</script>"),
        ("cut.png", _PNG),
        ("bomb.png", _PNG + b"\x7f\xff\xff\xff\x7f\xff\xff\xff\x08\x06\0\0\0" + b"\0" * 200),
        ("empty.mp4", b""),
        ("film.mp4", b"%PDF-1.7 nothing else"),
        ("tool.pdf", b"MZ\x90\0" + os.urandom(500)),
        ("words.en.vtt", b"not subtitles"),
        ("wrong.en.vtt", b"WEBVTT\n\n99:99:99 --> x\n\xff\xfe"),
    ],
)
def test_a_lying_file_is_refused_or_served_as_what_it_is(
    site: Site, tmp_path: Path, name: str, content: bytes
) -> None:
    text = f"# Odd\n\nText.\n\n![what it claims]({name})\n\n[the file]({name})\n"
    folder = _work(tmp_path / "content", _META, text=text)
    (folder / name).write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "import", str(tmp_path / "content")],
        env={**os.environ, "LIBRARY_DATA": str(site.data)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    if done.returncode:
        assert done.returncode == 1
        assert f"{name}: " in said or f"{name}:" in said
        assert stored_works(site.data) == {}
        return
    with site.served("--workers", "1"):
        page = site.get("/en/courses/odd")
        assert page.status == 200
        for part in page.text.split('"/media/')[1:]:
            file = site.get("/media/" + part.partition('"')[0])
            assert file.status == 200
            assert file.body == content
            assert file.headers["X-Content-Type-Options"] == "nosniff"
            kind = file.headers["Content-Type"].partition(";")[0]
            policy = file.headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'; ")
            # A sandbox would leave the browser's own viewer of PDF blank.
            assert "sandbox" in policy or kind == "application/pdf"
            if name.endswith(".png") and not content.startswith(b"\x89PNG"):
                assert not kind.startswith("image/")
            if kind not in ("image/png", "application/pdf", "text/vtt"):
                assert file.headers["Content-Disposition"].startswith("attachment")


def test_a_drawing_that_would_explode_is_refused(site: Site, tmp_path: Path) -> None:
    text = "# Odd\n\nText.\n\n![plan](plan.svg)\n"
    _entities(_work(tmp_path / "content", _META, text=text))
    said = site.run("import", tmp_path / "content", fails=True)
    assert "plan.svg: " in said
    assert said.count("fault: ") == 1
    assert "Traceback" not in said


@pytest.mark.parametrize(
    "arguments",
    [
        ("import",),
        ("import", "/no/such/folder"),
        ("import", "--format", "word", "."),
        ("serve", "--port", "99999999"),
        ("serve", "--port", "x"),
        ("serve", "--workers", "0"),
        ("search",),
        ("search", "--limit", "0", "x"),
        ("fly",),
        ("user", "add", "x@example.org"),
        ("--colour",),
    ],
)
def test_wrong_use_ends_with_2_and_says_how(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        env={**os.environ, "LIBRARY_DATA": str(tmp_path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert "Usage: " in done.stderr
    assert "Traceback" not in done.stderr
