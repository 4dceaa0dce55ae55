"""What OGC API - Features says of itself: links, the collection, what it conforms to, its definition. Pure.

Source: OGC 17-069r4, sections 7 and 8, and its schemas (ogcapi-features-1.yaml).
"""

from __future__ import annotations

from typing import Any

JSON = "application/json"
GEOJSON = "application/geo+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_SPEC = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"
CONFORMANCE = [f"{_SPEC}/core", f"{_SPEC}/oas30", f"{_SPEC}/geojson"]

Extent = tuple[float, float, float, float]


def link(rel: str, href: str, kind: str, title: str) -> dict[str, str]:
    """Return a link as the standard writes it."""
    return {"rel": rel, "href": href, "type": kind, "title": title}


def collection(base: str, extent: Extent | None) -> dict[str, Any]:
    """Return the description of the collection of cells; without an extent while there are none."""
    described: dict[str, Any] = {
        "id": "cells",
        "title": "Cells / 网格",
        "description": "The cells of the city, with their codes, names, plans and areas",
        "itemType": "feature",
        "crs": [CRS84],
        "links": [
            link("self", f"{base}/collections/cells", JSON, "This collection"),
            link("items", f"{base}/collections/cells/items", GEOJSON, "The cells"),
        ],
    }
    if extent is not None:
        described["extent"] = {"spatial": {"bbox": [list(extent)], "crs": CRS84}}
    return described


def api_definition(base: str) -> dict[str, Any]:
    """Return the definition of the API, in OpenAPI 3.0."""
    parameters = [
        _parameter("bbox", "query", {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}),
        _parameter("limit", "query", {"type": "integer", "minimum": 1, "maximum": 10000, "default": 1000}),
        _parameter("datetime", "query", {"type": "string"}),
        _parameter("cursor", "query", {"type": "string"}),
        _parameter("area", "query", {"type": "string", "pattern": "^[0-9]*$"}),
    ]
    code = _parameter("featureId", "path", {"type": "string"})
    return {
        "openapi": "3.0.3",
        "info": {"title": "fieldsync: cells", "version": "1"},
        "servers": [{"url": base}],
        "security": [{"bearer": []}],
        "paths": {
            "/": _get("landingPage", JSON, []),
            "/conformance": _get("conformance", JSON, []),
            "/collections": _get("collections", JSON, []),
            "/collections/cells": _get("collection", JSON, []),
            "/collections/cells/items": _get("features", GEOJSON, parameters),
            "/collections/cells/items/{featureId}": _get("feature", GEOJSON, [code]),
        },
        "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
    }


def _parameter(name: str, place: str, schema: dict[str, Any]) -> dict[str, Any]:
    more = {"style": "form", "explode": False} if place == "query" else {}
    return {"name": name, "in": place, "required": place == "path", "schema": schema, **more}


def _get(operation: str, kind: str, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    answers = {
        "200": {"description": "OK", "content": {kind: {"schema": {"type": "object"}}}},
        "default": {"description": "An error", "content": {JSON: {"schema": {"type": "object"}}}},
    }
    return {"get": {"operationId": operation, "parameters": parameters, "responses": answers}}
