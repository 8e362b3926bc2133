"""An operator fills a library, changes it, breaks it, and asks it how it is."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.judges.site import ROOT, Answer, Site

pytestmark = pytest.mark.slow


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_md", ".md").replace("_toml", ".toml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def course(folder: Path, *, paragraph: str = "The anemometer turns.") -> Path:
    work = folder / "course" / "wind"
    write(
        work,
        meta_toml='source_language = "en"\nlicence = "CC-BY-4.0"\n',
        en_md="# Wind\n\nMeasuring wind.\n",
        fr_md="# Vent\n\nMesurer le vent.\n",
    )
    write(work / "01-tools", en_md=f"# Tools\n\n{paragraph}\n", fr_md="# Outils\n\nIl tourne.\n")
    return folder


def _await(ask: Callable[[], Answer], *, status: int) -> Answer:
    """Ask until the answer has this status: readers look at their index once a second at most."""
    until = time.monotonic() + 5
    while True:
        answer = ask()
        if answer.status == status or time.monotonic() > until:
            assert answer.status == status, answer.text
            return answer
        time.sleep(0.1)


def test_fill_change_import_again_and_rebuild(site: Site, tmp_path: Path) -> None:
    folder = course(tmp_path / "content")
    assert "would be new" in site.run("import", folder, "--dry-run")
    assert "course/wind: new" in site.run("import", folder)
    assert "1 unchanged" in site.run("import", folder)
    with site.served("--workers", "1"):
        before = site.get("/en/courses/wind/tools")
        assert "The anemometer turns." in before.text
        found = json.loads(site.get("/api/v1/search?q=anemometers&lang=en").body)
        assert [hit["key"] for hit in found["hits"]] == ["wind"]

        course(tmp_path / "content", paragraph="The vane points.")
        assert "1 text changed" in site.run("import", folder)
        assert "The vane points." in site.get("/en/courses/wind/tools").text, "seen at once"
        changed = json.loads(site.get("/api/v1/search?q=vane&lang=en").body)
        assert changed["total"] == 1
        gone = json.loads(site.get("/api/v1/search?q=anemometer&lang=en").body)
        assert gone["total"] == 0

        assert "built anew" in site.run("index", "--rebuild")
        assert json.loads(site.get("/api/v1/search?q=vane&lang=en").body)["total"] == 1
        works = json.loads(site.get("/api/v1/works").body)
        assert works["total"] == 1


def test_a_copy_of_the_starter_library_is_the_same_library(site: Site, tmp_path: Path) -> None:
    site.run("import", ROOT / "content")
    first, second = tmp_path / "first", tmp_path / "second"
    site.run("export", first)
    other = Site(tmp_path / "other")
    other.data.mkdir()
    other.run("db", "upgrade")
    other.run("import", first)
    other.run("export", second)
    files = sorted(p.relative_to(first) for p in first.rglob("*") if p.is_file())
    assert files == sorted(p.relative_to(second) for p in second.rglob("*") if p.is_file())
    assert [f for f in files if (first / f).read_bytes() != (second / f).read_bytes()] == []


def test_a_broken_folder_is_refused_whole_with_file_and_line(site: Site, tmp_path: Path) -> None:
    folder = course(tmp_path / "content")
    write(
        folder / "course" / "bad",
        meta_toml='source_language = "en"\nlicence = "CC0-1.0"\nhuors = 3\n',
        en_md="# Bad\n\nText.\n",
    )
    said = site.run("import", folder, fails=True)
    assert "bad/meta.toml:3" in said
    assert "hours" in said
    assert "course/wind: new" in said
    with site.served("--workers", "1"):
        assert site.get("/en/courses/bad").status == 404
        assert site.get("/en/courses/wind").status == 200


def test_check_says_what_is_wrong_and_what_to_do(site: Site, tmp_path: Path) -> None:
    site.run("import", course(tmp_path / "content"))
    assert json.loads(site.run("check", "--json"))["ok"]
    shutil.rmtree(site.data / "index")
    said = site.run("check", fails=True)
    assert "library index --rebuild" in said
    site.environ["LIBRARY_MEDIA_URL"] = "s3://bucket?endpoint=http://127.0.0.1:1"
    site.environ["AWS_ACCESS_KEY_ID"] = site.environ["AWS_SECRET_ACCESS_KEY"] = "x"
    assert "media" in site.run("check", fails=True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LIBRARY_MEDIA_URL", "ftp://x"),
        ("LIBRARY_SEARCH_URL", "elsewhere:"),
        ("LIBRARY_QUEUE_URL", "carrier-pigeon:"),
        ("LIBRARY_DATABASE_URL", "mysql://x"),
        ("LIBRARY_BASE_URL", "nowhere"),
    ],
)
def test_a_wrong_setting_is_one_clear_sentence(site: Site, name: str, value: str) -> None:
    site.environ[name] = value
    said = site.run("serve", fails=True)
    assert name in said
    assert "Traceback" not in said


def test_an_old_schema_is_refused_with_the_command_to_run(tmp_path: Path) -> None:
    site = Site(tmp_path / "data")
    site.data.mkdir()
    assert "library db upgrade" in site.run("serve", fails=True)


def test_the_site_answers_while_its_index_is_gone(site: Site, tmp_path: Path) -> None:
    site.run("import", course(tmp_path / "content"))
    with site.served("--workers", "1", "--without-worker"):
        assert site.get("/readyz").status == 200
        shutil.rmtree(site.data / "index")
        assert site.get("/en/courses/wind").status == 200
        ready = _await(lambda: site.get("/readyz"), status=503)
        assert "index" in ready.text
        assert site.get("/en/search?q=vane").status == 503
        site.run("index", "--rebuild")
        assert site.get("/en/search?q=anemometer").status == 200


def test_a_withdrawn_work_leaves_a_tombstone_and_a_way_on(site: Site, tmp_path: Path) -> None:
    folder = course(tmp_path / "content")
    site.run("import", folder)
    with site.served("--workers", "1"):
        page = site.get("/en/courses/wind/tools").text
        block = re.search(r'href="(/id/[0-9a-f-]{36})', page)
        assert block is not None
        lasting = json.loads(site.get("/api/v1/works").body)["works"][0]["id"]
        write(
            folder / "course" / "wind",
            meta_toml='source_language = "en"\nlicence = "CC-BY-4.0"\nstatus = "withdrawn"\n'
            'withdrawn_because = "Its figures were wrong."\n',
        )
        site.run("import", folder)
        for address in ("/en/courses/wind", "/en/courses/wind/tools", f"/id/{lasting}", block[1]):
            gone = site.get(address, Accept_Language="en")
            assert gone.status == 410, address
        assert "Its figures were wrong." in site.get("/en/courses/wind").text
        assert "wind" not in site.get("/sitemap.xml").text
        assert json.loads(site.get("/api/v1/search?q=anemometer").body)["total"] == 0
