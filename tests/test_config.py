"""Settings: an empty environment runs, and a wrong one says which setting is wrong."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from library.config import INTERFACE_LANGUAGES, load
from library.errors import Misconfigured


def test_an_empty_environment_keeps_everything_in_one_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load({})
    assert settings.data == tmp_path / "data"
    assert settings.database_url == f"sqlite:///{tmp_path}/data/library.sqlite"
    assert settings.languages == INTERFACE_LANGUAGES


def test_the_secret_is_made_once_and_is_nobody_elses(tmp_path: Path) -> None:
    first = load({"LIBRARY_DATA": str(tmp_path)}).secret_key
    assert load({"LIBRARY_DATA": str(tmp_path)}).secret_key == first
    assert len(first) >= 48
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("LIBRARY_DATABASE_URL", "mysql://x", "sqlite:///FILE or postgresql"),
        ("LIBRARY_BASE_URL", "library.example.org", "public address"),
        ("LIBRARY_BASE_URL", "https://x/?a=b", "public address"),
        ("LIBRARY_LANGUAGES", "en, xx", "xx, which the interface does not speak"),
        ("LIBRARY_MAIL_URL", "mail.example.org:25", "smtp://"),
        ("LIBRARY_MAIL_URL", "smtp://mail.example.org:99999", "smtp://"),
        ("LIBRARY_MAIL_URL", "smtp://mail.example.org", "LIBRARY_MAIL_FROM must say"),
        ("LIBRARY_MAIL_FROM", "the library", "not an e-mail address"),
        ("LIBRARY_MAIL_FROM", "a <a@example.org>\nBcc: <b@example.org>", "not an e-mail address"),
        ("LIBRARY_SIGN_IN", "nowhere.toml", "not a file"),
        ("LIBRARY_DATABSE_URL", "sqlite:///x", "not a setting of this library"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, name: str, value: str, said: str) -> None:
    with pytest.raises(Misconfigured, match=said) as caught:
        load({"LIBRARY_DATA": str(tmp_path), name: value})
    assert name in caught.value.message


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Misconfigured, match="LIBRARY_DATA"):
        load({"LIBRARY_DATA": str(tmp_path / "file" / "data")})


def test_a_damaged_secret_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("short")
    with pytest.raises(Misconfigured, match="no usable key"):
        load({"LIBRARY_DATA": str(tmp_path)})


def test_the_short_form_of_postgresql_is_understood(tmp_path: Path) -> None:
    settings = load({"LIBRARY_DATA": str(tmp_path), "LIBRARY_DATABASE_URL": "postgresql://u@h/n"})
    assert settings.database_url == "postgresql+psycopg://u@h/n"


def test_fewer_languages_in_their_own_order(tmp_path: Path) -> None:
    settings = load({"LIBRARY_DATA": str(tmp_path), "LIBRARY_LANGUAGES": "sw, en zh-Hans"})
    assert settings.languages == ("sw", "en", "zh-Hans")


def test_some_institutions_have_a_quota_of_their_own(tmp_path: Path) -> None:
    told = {"LIBRARY_DATA": str(tmp_path), "LIBRARY_UPLOAD_QUOTA": "50 G mbeya-college=2T kyela=0"}
    settings = load(told)
    assert settings.upload_quota == 50 * 10**9
    assert settings.upload_quotas == {"mbeya-college": 2 * 10**12, "kyela": 0}
    alone = load({**told, "LIBRARY_UPLOAD_QUOTA": "kyela=5M"})
    assert (alone.upload_quota, alone.upload_quotas) == (100 * 10**9, {"kyela": 5 * 10**6})
    for wrong in ("50G =2T", "50G kyela=2T kyela=3T", "50G kyela=much", "50G 60G"):
        with pytest.raises(Misconfigured, match="LIBRARY_UPLOAD_QUOTA"):
            load({**told, "LIBRARY_UPLOAD_QUOTA": wrong})
