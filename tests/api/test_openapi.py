from __future__ import annotations

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from library.api.openapi import description

BASE = "https://library.example.org"


def documented() -> dict[str, Any]:
    return description(base_url=BASE, site_name="Mortise")


def test_the_description_is_valid() -> None:
    validate(documented(), cls=OpenAPIV31SpecValidator)


def test_the_description_is_served(client: FlaskClient) -> None:
    said = client.get("/api/v1/openapi.json").get_json()
    assert said["info"]["title"] == "Mortise: API"
    assert said["servers"] == [{"url": BASE}]


def test_every_address_of_the_api_is_described_and_no_other(app: Flask) -> None:
    described = {path.replace("{id}", "<uuid:uuid>") for path in documented()["paths"]}
    served = {rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("api.")}
    assert described == served


def test_every_operation_shows_an_example_of_what_it_answers() -> None:
    for path, item in documented()["paths"].items():
        for status, response in item["get"]["responses"].items():
            for media in response.get("content", {}).values():
                assert path.endswith("openapi.json") or "example" in media, (path, status)


def test_every_example_fits_its_schema() -> None:
    from openapi_schema_validator import OAS31Validator
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT202012

    document = documented()
    registry = Registry().with_resource("urn:api", Resource(document, DRAFT202012))
    checked = 0
    for item in document["paths"].values():
        for response in item["get"]["responses"].values():
            for media in response.get("content", {}).values():
                if "example" in media:
                    schema = {"$ref": f"urn:api{media['schema']['$ref']}"}
                    OAS31Validator(schema, registry=registry).validate(media["example"])
                    checked += 1
    assert checked >= 10
