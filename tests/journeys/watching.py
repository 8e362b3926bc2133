"""A browser that notes all that hostile text could achieve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.judges.site import Site

# What the browser must not find: handlers, addresses that run, elements that load or post elsewhere.
_AUDIT = """() => {
  const bad = [];
  for (const element of document.querySelectorAll('*')) {
    const name = element.localName;
    if (['iframe', 'object', 'embed', 'base', 'frame', 'applet', 'portal'].includes(name)) bad.push(name);
    if (name === 'script' && element.type !== 'application/ld+json'
        && new URL(element.src || 'x:', location).origin !== location.origin) bad.push(element.outerHTML);
    if (name === 'meta' && element.httpEquiv) bad.push(element.outerHTML);
    for (const {name: key, value} of element.attributes) {
      if (key.startsWith('on') || key === 'srcdoc' || key === 'style') bad.push(`${name} ${key}=${value}`);
      if (['href', 'src', 'action', 'formaction', 'xlink:href', 'poster', 'data'].includes(key)) {
        let scheme = 'broken:';
        try { scheme = new URL(value, location).protocol; } catch { continue; }
        if (!['http:', 'https:', 'mailto:', 'tel:'].includes(scheme)) bad.push(`${name} ${key}=${value}`);
      }
    }
  }
  return bad;
}"""
_WATCH = """window.violations = [];
addEventListener('securitypolicyviolation', (e) => violations.push(`${e.violatedDirective} ${e.blockedURI}`));
"""


def watched(browser: Browser, site: Site) -> tuple[Page, list[str]]:
    """A page of a browser that notes all that hostile text could achieve."""
    achieved: list[str] = []
    context = browser.new_context(service_workers="block")

    def judge(route: Route) -> None:
        if route.request.url.startswith(site.url):
            route.continue_()
        else:
            achieved.append(f"request {route.request.url[:200]}")
            route.abort()

    context.route("**/*", judge)
    context.add_init_script(_WATCH)
    page = context.new_page()
    page.on(
        "dialog", lambda dialog: (achieved.append(f"dialog {dialog.message}"), dialog.dismiss())
    )
    page.on("pageerror", lambda error: achieved.append(f"script {error.message}"))
    page.on("popup", lambda popup: achieved.append(f"popup {popup.url}"))
    return page, achieved


def visit(page: Page, address: str) -> dict[str, Any]:
    page.goto(address, wait_until="load")
    found: dict[str, Any] = page.evaluate(
        f"""() => ({{bad: ({_AUDIT})(), violations, pwned: 'pwned' in window,
        title: document.title, at: location.href, main: document.querySelector('main').innerText,
        h1: document.querySelector('h1').innerText}})"""
    )
    return found


def harmful(found: dict[str, Any], address: str) -> list[str]:
    harm = [*found["bad"], *found["violations"]]
    if found["pwned"]:
        harm.append("a script ran")
    if found["at"].split("#")[0] != address:
        harm.append(f"led to {found['at']}")
    return harm


def fail_with(wrong: Sequence[object]) -> None:
    """Fail with the first things that are wrong: comparing long hostile lists would take for ever."""
    if wrong:
        pytest.fail("\n".join([f"{len(wrong)} wrong:", *(str(one)[:400] for one in wrong[:30])]))
