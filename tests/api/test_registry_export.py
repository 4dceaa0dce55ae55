"""Export of the registry: by role and area, covered, safe for spreadsheets, as it was known; and back by an import."""

from __future__ import annotations

import csv
import io
import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet
import pytest
from httpx import Response

from fieldsync.exporting.walking import Extent
from fieldsync.keys import key_file, load_keys
from fieldsync.pipeline import Pipeline
from fieldsync.plan_files import PlanFile
from fieldsync.registry_export import Wish
from fieldsync.registry_import import Progress
from fieldsync.services import Services
from fieldsync.settings import Settings
from fieldsync.stores.factory import open_store
from tests.api.city import PLAN, City
from tests.api.registry_city import BOTH, ELSEWHERE, FANG, HERE, NORTH, ROWS, THERE, URL, people
from tests.api.test_field_work import settings, uid, with_forms

__all__ = ["settings", "with_forms"]


@pytest.fixture
def known(city: City) -> City:
    return people(city)


def get(city: City, who: str, **asked: Any) -> Response:
    return city.client.get(f"{URL}/export", params=asked, headers=city.log_in(who))


def rows(answer: Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def persons(answer: Response) -> set[str]:
    return {f"person:{row['id']}" for row in rows(answer)}


def test_everybody_gets_what_they_may_see(known: City) -> None:
    """By area; who has a stay there, too; covered or left out; revealed to a reviewer with a reason; in the trail."""
    assert persons(get(known, "admin", kind="person")) == {FANG, HERE, BOTH, THERE}
    assert persons(get(known, "wu.min", kind="person")) == {FANG, HERE, BOTH}
    assert persons(get(known, "elsewhere", kind="person", area=ELSEWHERE)) == {BOTH, THERE}
    assert persons(get(known, "auditor", kind="person", area="5101")) == {FANG, HERE, BOTH, THERE}
    (fang,) = [row for row in rows(get(known, "wu.min", kind="person")) if row["name"] == "王芳"]
    assert (fang["cell"], fang["birth_date"], fang["id_number"]) == (NORTH, "1980-02-03", "999•••••••••••••••")
    assert "id_number" not in rows(get(known, "wu.min", kind="person", sensitive="omitted"))[0]
    revealed = get(known, "wu.min", kind="person", reveal=True, reason="The yearly count")
    assert "999999198002030029" in {row["id_number"] for row in rows(revealed)}
    pipeline: Pipeline = known.app.state.pipeline
    last = [trace for trace in pipeline.trail.entries() if trace.action == "registry.export"][-1]
    assert (last.by, last.reason) == ("wu.min", "person, csv, revealed; The yearly count")
    refused: dict[int, tuple[dict[str, Any], ...]] = {
        403: ({"area": "510104"}, {"reveal": True, "reason": "x", "who": "elsewhere"}),
        400: (
            {"reveal": True},
            {"format": "pdf"},
            {"format": "geojson"},
            {"at": "x"},
            {"area": "5x"},
            {"kind": "cat"},
        ),
    }
    for status, cases in refused.items():
        for case in cases:
            who = str(case.get("who", "wu.min"))
            asked = {"kind": "person", **{name: value for name, value in case.items() if name != "who"}}
            assert get(known, who, **asked).status_code == status, case
    assert get(known, "li.na", kind="person").status_code == 403


def test_every_format_has_the_same_rows_and_no_formula(known: City, tmp_path: Path) -> None:
    """A name that is a formula is a text in spreadsheets; Parquet has it as it is."""
    assert {row["name"] for row in rows(get(known, "admin", kind="person"))} >= {"'=1+1", "欧阳丽"}
    book = openpyxl.load_workbook(io.BytesIO(get(known, "admin", kind="person", format="xlsx").content))
    head, *lines = book.worksheets[0].iter_rows(values_only=True)
    at = head.index("name")
    assert {line[at] for line in lines} == {"王芳", "王方", "欧阳丽", "'=1+1"}
    table = pyarrow.parquet.read_table(
        pyarrow.BufferReader(get(known, "admin", kind="person", format="parquet").content)
    )
    assert set(table.column("name").to_pylist()) == {"王芳", "王方", "欧阳丽", "=1+1"}
    map_ = json.loads(get(known, "wu.min", kind="dwelling", format="geojson").content)
    points = {feature["id"]: feature["geometry"]["coordinates"] for feature in map_["features"]}
    assert points == {uid(name): [104.005, 30.605] for name in ("d1", "d2")}
    assert get(known, "admin", kind="person", at="2026-11-22").content.decode("utf-8-sig").count("\n") == 1


def test_what_is_exported_whole_can_be_imported_elsewhere(known: City, with_forms: Path, tmp_path: Path) -> None:
    """Revealed files of all kinds make the same records of an empty installation."""
    pipeline: Pipeline = known.app.state.pipeline
    texts = {}
    for kind in ROWS:
        out = io.BytesIO()
        pipeline.exporter.write(Wish(Extent(kind), "csv", "revealed"), out)
        texts[kind] = out.getvalue().decode("utf-8-sig")
    shutil.copytree(with_forms, tmp_path / "other")
    other = Settings(store=f"sqlite:///{tmp_path}/other")
    store = open_store(other.store)
    services = Services.of(store, load_keys(key_file(other)), other, known.clock)
    services.cells.import_plan(PlanFile(PLAN, "Sample", date(2026, 11, 1)))
    fresh = Pipeline.of(services)
    fresh.importer(frozenset({NORTH, ELSEWHERE})).take(texts, known.clock(), Progress())
    assert list(fresh.registry.records()) == list(pipeline.registry.records())
    store.close()
