"""A page as a test looks at it: parsed, with the few questions that tests ask again and again."""

from __future__ import annotations

import json
from typing import Any

from lxml import html
from werkzeug.test import TestResponse


class ParsedPage:
    """The document of a response."""

    def __init__(self, response: TestResponse) -> None:
        assert response.status_code == 200, response.status
        parser = html.HTMLParser(encoding="utf-8")
        self.text = response.get_data(as_text=True)
        self.root: Any = html.document_fromstring(response.get_data(), parser=parser)

    def find(self, path: str) -> list[Any]:
        """Elements or values by XPath."""
        return list(self.root.xpath(path))

    def having(self, name: str) -> list[Any]:
        """Elements of a class."""
        return self.find(f"//*[contains(concat(' ', normalize-space(@class), ' '), ' {name} ')]")

    def one(self, path: str) -> Any:
        found = self.find(path)
        assert len(found) == 1, f"{path}: {len(found)} instead of one"
        return found[0]

    def words(self, path: str) -> list[str]:
        """The text of each element, with single spaces."""
        return [_said(found) for found in self.find(path)]

    def words_of(self, name: str) -> list[str]:
        """The text of each element of a class."""
        return [_said(found) for found in self.having(name)]

    @property
    def heading(self) -> str:
        return _said(self.one("//h1"))

    @property
    def title(self) -> str:
        return str(self.one("//head/title").text_content())

    @property
    def links(self) -> list[str]:
        return [str(address) for address in self.find("//a/@href")]

    @property
    def alternates(self) -> dict[str, str]:
        return {
            str(link.get("hreflang")): str(link.get("href"))
            for link in self.find("//link[@rel='alternate'][@hreflang]")
        }

    @property
    def canonical(self) -> str | None:
        found = self.find("//link[@rel='canonical']/@href")
        return str(found[0]) if found else None

    @property
    def noindex(self) -> bool:
        return bool(self.find("//meta[@name='robots'][contains(@content, 'noindex')]"))

    @property
    def jsonld(self) -> Any:
        return json.loads(self.find("//script[@type='application/ld+json']")[0].text)

    @property
    def ids(self) -> list[str]:
        return [str(value) for value in self.find("//@id")]


def _said(element: Any) -> str:
    """The text of an element; what stands in two elements is two words."""
    return " ".join(" ".join(element.itertext()).split())
