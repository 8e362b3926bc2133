from __future__ import annotations

from urllib.robotparser import RobotFileParser

from flask.testing import FlaskClient


def test_crawlers_may_read_pages_and_find_the_sitemap(client: FlaskClient) -> None:
    response = client.get("/robots.txt")
    assert response.mimetype == "text/plain"
    parser = RobotFileParser()
    parser.parse(response.text.splitlines())
    assert parser.can_fetch("*", "https://library.example.org/en/courses/safety")
    assert parser.can_fetch("*", "https://library.example.org/api/v1/works")
    assert not parser.can_fetch("*", "https://library.example.org/api/v1/search?q=x")
    assert parser.site_maps() == ["https://library.example.org/sitemap.xml"]
    assert "Disallow: /*/search" in response.text
