"""The whole: floors, documents, templates, catalogues and permissions keep their promises."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import polib
import pytest
from babel.messages.pofile import read_po
from flask import Flask

import library.config
from library.config import INTERFACE_LANGUAGES
from library.http import access
from library.i18n.interface import locale_folder

ROOT = Path(library.__file__).resolve().parents[1]
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%%")
TEMPLATES = sorted((ROOT / "library" / "templates").rglob("*.html"))
STYLES = sorted((ROOT / "library" / "static").rglob("*.css"))


def test_imports_only_go_down() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-logo", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_every_setting_is_documented_and_no_other() -> None:
    documented = set(
        re.findall(r"^\| `(LIBRARY_[A-Z_]+)`", (ROOT / "docs/settings.md").read_text(), re.M)
    )
    assert documented == library.config._KNOWN


def test_every_command_is_in_the_readme_or_its_help() -> None:
    from library.cli.group import library as group

    context = click.Context(group)
    every = {name: group.get_command(context, name) for name in group.list_commands(context)}
    # What the site starts itself is hidden.
    commands = {name: command for name, command in every.items() if command and not command.hidden}
    assert set(commands) == {
        "serve",
        "work",
        "import",
        "export",
        "index",
        "search",
        "searches",
        "user",
        "check",
        "convert",
        "db",
    }
    assert all(command and command.help for command in commands.values())


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_no_script_no_style_and_nothing_from_elsewhere(template: Path) -> None:
    text = template.read_text()
    assert not re.search(r"<script(?![^>]*(?:application/ld\+json|src=))", text)
    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text)
    assert not re.search(r"(?:src|href)=[\"'](?:https?:)?//", text)


@pytest.mark.parametrize("style", STYLES, ids=lambda path: path.name)
def test_styles_use_logical_properties_only(style: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", style.read_text(), flags=re.S)
    physical = re.findall(
        r"(?:^|[;{\s])((?:margin|padding|border)-(?:left|right|top|bottom)(?:-\w+)*|left|right|top|bottom"
        r"|float|text-align)\s*:\s*([^;}]*)",
        text,
    )
    wrong = [
        f"{name}: {value}"
        for name, value in physical
        if name not in ("text-align", "float") or value.strip() in ("left", "right")
    ]
    assert wrong == []
    assert not re.search(r"url\(\s*[\"']?https?:", text)


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str | None, str]]:
    """Every string of the interface, gathered from the sources as they are."""
    pot = tmp_path_factory.mktemp("messages") / "messages.pot"
    subprocess.run(
        [
            str(Path(sys.executable).parent / "pybabel"),
            "--quiet",
            "extract",
            "--mapping-file",
            "translations/babel.cfg",
            "--keyword",
            "_l",
            "--keyword",
            "N_",
            "--keyword",
            "lazy_gettext",
            "--keyword",
            "lazy_pgettext:1c,2",
            "--keyword",
            "Sentence",
            "--keyword",
            "counted:1,2",
            "--output-file",
            str(pot),
            "library",
        ],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    with pot.open("rb") as file:
        catalogue = read_po(file)
    found = set()
    for message in catalogue:
        if message.id:
            one = message.id if isinstance(message.id, str) else message.id[0]
            found.add((message.context, one))
    assert len(found) > 100
    return found


def catalogue_of(tag: str) -> polib.POFile:
    return polib.pofile(
        str(ROOT / "translations" / locale_folder(tag) / "LC_MESSAGES" / "messages.po"),
        check_for_duplicates=True,
    )


@pytest.mark.parametrize("tag", [t for t in INTERFACE_LANGUAGES if t != "en"])
def test_every_string_is_in_every_language(tag: str, messages: set[tuple[str | None, str]]) -> None:
    entries = {(e.msgctxt, e.msgid): e for e in catalogue_of(tag) if not e.obsolete}
    assert messages - entries.keys() == set(), "missing; run: make messages"
    wanting = [
        key
        for key, entry in entries.items()
        if key in messages
        and (
            "fuzzy" in entry.flags
            or not (all(entry.msgstr_plural.values()) if entry.msgid_plural else entry.msgstr)
        )
    ]
    assert wanting == []


@pytest.mark.parametrize("tag", [t for t in INTERFACE_LANGUAGES if t != "en"])
def test_translations_keep_their_placeholders_and_plurals(tag: str) -> None:
    catalogue = catalogue_of(tag)
    forms = int(re.search(r"nplurals=(\d+)", catalogue.metadata["Plural-Forms"])[1])  # type: ignore[index]
    for entry in catalogue:
        if entry.obsolete:
            continue
        if not entry.msgid_plural:
            assert _names(entry.msgstr) == _names(entry.msgid), entry.msgid
            continue
        assert len(entry.msgstr_plural) == forms, entry.msgid
        everything = _names(entry.msgid) | _names(entry.msgid_plural)
        for form in entry.msgstr_plural.values():
            # A form for exactly one or two may say the number in words.
            assert _names(form) <= everything, entry.msgid
            assert everything - _names(form) <= {"num", "count"}, entry.msgid


def _names(text: str) -> set[str]:
    return {name for name in PLACEHOLDER.findall(text) if name}


def test_strings_have_named_placeholders_only() -> None:
    for path in [*TEMPLATES, *sorted((ROOT / "library").rglob("*.py"))]:
        text = path.read_text()
        assert not re.search(r"\b_l?\(\s*f[\"']", text), path
        for string in re.findall(r"\b_l?\(\s*\"([^\"]*)\"", text):
            assert not re.search(r"%[sd]|{\w*}", string), (path, string)


def test_who_may_is_declared_for_every_address(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert endpoints - access.PERMISSIONS.keys() == set(), "add it to library/http/access.py"
    assert access.PERMISSIONS.keys() - endpoints == set(), "no such address any more"


def test_what_everybody_may_do_is_only_reading(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if access.PERMISSIONS.get(rule.endpoint) is access.Permission.READ_PUBLIC:
            assert (rule.methods or set()) <= {"GET", "HEAD", "OPTIONS"}, rule


def test_the_project_names_no_machine_and_no_registry() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    wrong = []
    for name in listed:
        path = ROOT / name
        # A textbook may well explain what a home folder is.
        if name.startswith("content/"):
            continue
        if path.suffix in {".md", ".py", ".toml", ".html", ".css", ".po", ""} and path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            if re.search(r"/(?:home|root|work)/\w", text) and path != Path(__file__):
                wrong.append(name)
    assert wrong == []
