"""What the services refuse, in the language of the page; roles and devices in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from flask_babel import gettext, lazy_gettext, ngettext  # type: ignore[import-untyped]
from flask_babel.speaklater import LazyString  # type: ignore[import-untyped]

from library.accounts import passwords
from library.accounts.permissions import Grant
from library.directory.names import Name
from library.errors import TooMany
from library.i18n.names import endonym

#: What each role is called.
ROLES: Final[Mapping[str, LazyString]] = {
    "author": lazy_gettext("Author"),
    "translator": lazy_gettext("Translator"),
    "reviewer": lazy_gettext("Reviewer"),
    "publisher": lazy_gettext("Publisher"),
    "administrator": lazy_gettext("Administrator"),
}

#: What somebody with the role does.
DUTIES: Final[Mapping[str, LazyString]] = {
    "author": lazy_gettext(
        "starts works, writes and translates, uploads files, hands in for review"
    ),
    "translator": lazy_gettext("translates, in one language or in all, and hands in for review"),
    "reviewer": lazy_gettext("reads what was handed in, comments, approves or sends back"),
    "publisher": lazy_gettext("publishes what was approved, and withdraws"),
    "administrator": lazy_gettext("invites people and gives them their roles"),
}


#: What the log says was done to people; what stands here not is shown as it was written.
DEEDS: Final[Mapping[str, LazyString]] = {
    "codes begun": lazy_gettext("began with codes of a device"),
    "codes stopped": lazy_gettext("stopped the codes of a device"),
    "invitation accepted": lazy_gettext("accepted the invitation"),
    "invitation withdrawn": lazy_gettext("withdrew the invitation"),
    "invited": lazy_gettext("invited"),
    "name changed": lazy_gettext("changed the name"),
    "password changed": lazy_gettext("changed the password"),
    "password chosen": lazy_gettext("chose a password"),
    "password link made": lazy_gettext("made a link to choose a password"),
    "person added": lazy_gettext("added the person"),
    "person let in": lazy_gettext("let the person in again"),
    "person shut out": lazy_gettext("shut the person out"),
    "role given": lazy_gettext("gave a role"),
    "role taken": lazy_gettext("took a role away"),
}


def role(grant: Grant, names: Mapping[str, Name]) -> dict[str, Any]:
    """A role in words: what, in which language, where. ``names`` are those of institutions by key."""
    place = names.get(grant.institution)
    return {
        "grant": grant,
        "role": str(ROLES.get(grant.role, grant.role)),
        "lang": endonym(grant.lang) if grant.lang else "",
        "lang_tag": grant.lang,
        "place": place.text if place else grant.institution or gettext("the whole library"),
        "place_lang": place.lang if place else None,
    }


def sentences() -> dict[str, str]:
    """By reason, for `library.http.forms.Form.take`."""
    return {
        "address": gettext("This is not an e-mail address that can be used here."),
        "known": gettext(
            "Somebody with this address is known already. Give them the role instead."
        ),
        "invited": gettext("Somebody else has invited this address already."),
        "name": gettext("A name that others will see is needed."),
        "long name": gettext("This name is too long."),
        "short": gettext("A password has at least %(count)s characters.", count=passwords.SHORTEST),
        "long": gettext("A password has at most %(count)s characters.", count=passwords.LONGEST),
        "easy": gettext(
            "This is one of the first that anybody would try. Several words in a row are good."
        ),
        "old": gettext("The password is not right."),
        "code": gettext("This code is not right, or was used before. Wait for the next one."),
        "late": gettext("This took too long. Sign in again."),
        "credentials": gettext("The e-mail address or the password is not right."),
        "role": gettext("Choose a role."),
        "no role": gettext("Choose a role."),
        "role lang": gettext("Only a translator’s role is for one language."),
        "lang": gettext("This is not the tag of a language, such as fr or zh-Hans."),
        "institution": gettext("Choose an institution where you are administrator."),
        "last administrator": gettext(
            "This is the last administrator of the library. Make somebody else one first."
        ),
        "shut out": gettext("This person is shut out."),
        "foreign": gettext("This sign-in was not begun in this browser. Begin again."),
        "refused": gettext("The provider did not let you in."),
        "away": gettext("The provider does not answer. Try again later."),
        "cancelled": gettext("You turned back at your institution’s sign-in. Nobody is signed in."),
        "unverified": gettext(
            "The provider does not say that it has verified your e-mail address. Have it verified there, "
            "or sign in with a password."
        ),
        "elsewhere": gettext(
            "Your e-mail address is not one that this provider may sign in here. Choose your own "
            "institution, or sign in with a password."
        ),
        "unknown": gettext(
            "Nobody with your address has been invited here. Ask an administrator of your institution."
        ),
    }


def wait(error: TooMany) -> str:
    """How long to wait after too many attempts."""
    left = error.details.get("seconds")
    seconds = left if isinstance(left, int) else 60
    if seconds < 60:
        return str(
            ngettext(
                "There were too many attempts. Try again in one second.",
                "There were too many attempts. Try again in %(num)s seconds.",
                seconds,
            )
        )
    return str(
        ngettext(
            "There were too many attempts. Try again in one minute.",
            "There were too many attempts. Try again in %(num)s minutes.",
            -(-seconds // 60),
        )
    )


_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("YaBrowser", "Yandex"),
    ("MicroMessenger", "WeChat"),
    ("UCBrowser", "UC Browser"),
    ("HuaweiBrowser", "Huawei Browser"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("HeadlessChrome", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("OpenHarmony", "HarmonyOS"),
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def device(agent: str) -> str:
    """A browser as its ``User-Agent`` says, in words that its owner knows."""
    browser = next((name for mark, name in _BROWSERS if re.search(rf"\b{mark}", agent)), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    if browser and system:
        return str(gettext("%(browser)s on %(system)s", browser=browser, system=system))
    return browser or system or str(gettext("An unknown device"))
