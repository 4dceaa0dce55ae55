"""Import by a mapping: the example of the page, what is rejected and why, what a crash leaves, hostile files."""

from __future__ import annotations

import csv
import re
import shutil
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow
import pyarrow.parquet
import pytest

from fieldsync.errors import BadInput, Conflict
from fieldsync.importing.limited import ChildLimits, limited_rows
from fieldsync.importing.mapping import ImportMapping, read_mapping
from fieldsync.keys import key_file, load_keys
from fieldsync.pipeline import Pipeline
from fieldsync.plan_files import PlanFile
from fieldsync.registry_import import Importer, Order, Progress
from fieldsync.services import Services
from fieldsync.settings import Settings
from fieldsync.stores.factory import open_store
from tests.api.city import NORTH, PLAN
from tests.api.test_field_work import with_forms

__all__ = ["with_forms"]
AT = datetime(2026, 11, 23, 8, tzinfo=UTC)
PAGE = Path(__file__).parents[3] / "docs/registry.md"
PEOPLE = [
    ["编号", "姓名", "性别", "出生日期", "户号", "关系", "入住"],
    ["1", "王芳", "女", "1980/2/3", "h1", "户主", datetime(2019, 5, 1).strftime("%Y/%m/%d")],
    ["2", "李强", "男", "1979/12/31", "h1", "妻", "2019/05/01"],
]


@pytest.fixture
def pipeline(with_forms: Path, tmp_path: Path) -> Iterator[Pipeline]:
    shutil.copytree(with_forms, tmp_path / "store")
    settings = Settings(store=f"sqlite:///{tmp_path}/store")
    store = open_store(settings.store)
    services = Services.of(store, load_keys(key_file(settings)), settings, lambda: AT)
    services.cells.import_plan(PlanFile(PLAN, "Sample", date(2026, 11, 1)))
    yield Pipeline.of(services)
    store.close()


@pytest.fixture
def importer(pipeline: Pipeline) -> Importer:
    return pipeline.importer(frozenset({NORTH}))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files of the page's example."""
    made = tmp_path / "handed-over"
    made.mkdir()
    (made / "lou.csv").write_bytes(f"楼号,网格,地址,楼名\nb1,{NORTH},小满里24号,锦里3栋\n".encode("gb18030"))
    (made / "fang.csv").write_text("房号,楼号,室,状态\nd1,b1,301,住人\nd2,b1,302,空\n", encoding="utf-8")
    (made / "hu.csv").write_text("户号,房号\nh1,d1\n", encoding="utf-8")
    workbook(made / "ren.xlsx", PEOPLE)
    return made


def workbook(path: Path, rows: list[list[Any]]) -> None:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("人口")
    for row in rows:
        sheet.append(row)
    book.save(path)


def example() -> ImportMapping:
    (text,) = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return read_mapping(text.encode(), "mapping.toml")


def test_the_example_of_the_page(importer: Importer, pipeline: Pipeline, folder: Path) -> None:
    """A dry run writes nothing; then all is there, translated, referring to each other, in its cell; twice is once."""
    dry = importer.run(Order(example(), folder, dry_run=True), AT, Progress())
    assert (dry.read, sum(1 for _ in pipeline.registry.records())) == (
        {"building": 1, "dwelling": 2, "household": 1, "person": 2, "stay": 2}, 0
    )  # fmt: skip
    done = importer.run(Order(example(), folder), AT, Progress())
    assert (done.new, done.preloaded) == (dry.read, 8)
    persons = {r.value("name"): r for r in pipeline.registry.records("person:", end="person;")}
    assert {n: (r.value("sex"), r.value("birth_date"), r.cell) for n, r in persons.items()} == {
        "王芳": ("2", "1980-02-03", NORTH), "李强": ("1", "1979-12-31", NORTH)
    }  # fmt: skip
    again = importer.run(Order(example(), folder), AT, Progress())
    assert (set(again.new.values()), again.preloaded) == ({0}, 0)


def test_rejects_have_their_row_and_reason_and_the_others_enter(
    importer: Importer, pipeline: Pipeline, folder: Path
) -> None:
    """All or nothing by default; skipped, what refers to a rejected row is rejected too."""
    odd = [["3", "=cmd", "?", "1980/2/30", "h9", "户主", "2019/05/01"], ["1", "again", "女", "", "h1", "妻", ""]]
    workbook(folder / "ren.xlsx", [*PEOPLE, *odd])
    file = folder / "rejects.csv"
    with pytest.raises(BadInput, match=r"Nothing was imported\. .*ren\.xlsx row 4: 性别 '\?' is no choice of sex"):
        importer.run(Order(example(), folder, file), AT, Progress())
    assert list(pipeline.registry.records()) == []
    rows = list(csv.DictReader(file.open(encoding="utf-8-sig")))
    reasons = [(row["row"], row["reason"], row["原因"]) for row in rows]
    assert {row["row"] for row in rows} == {"4", "5"}
    assert any("no date of the form %Y/%m/%d" in en and "格式的日期" in zh for _, en, zh in reasons)
    assert any("no cell can be found" in en for _, en, _ in reasons)
    assert any("earlier row" in en for number, en, _ in reasons if number == "5")
    done = importer.run(Order(example(), folder, file, skip=True), AT, Progress())
    assert (done.new["person"], done.new["stay"], done.rejected) == (2, 2, 2)


class _Crash(Exception):
    pass


class _Crashing(Progress):
    def __call__(self, stage: str, done: int, total: int) -> None:  # noqa: ARG002
        if stage == "registry":
            raise _Crash


def test_an_interrupted_import_is_gone_on_with_or_given_up(
    importer: Importer, pipeline: Pipeline, folder: Path
) -> None:
    """After a crash nothing else is imported until it has ended; run again it ends as if nothing had been."""
    with pytest.raises(_Crash):
        importer.run(Order(example(), folder), AT, _Crashing())
    (folder / "hu.csv").write_text("户号,房号\nh1,d1\n\n", encoding="utf-8")
    with pytest.raises(Conflict, match="run it again"):
        importer.run(Order(example(), folder), AT, Progress())
    (folder / "hu.csv").write_text("户号,房号\nh1,d1\n", encoding="utf-8")
    done = importer.run(Order(example(), folder), datetime(2027, 1, 1, tzinfo=UTC), Progress())
    assert (done.new["building"], done.new["person"], done.preloaded) == (0, 0, 8)
    assert {item.at[:4] for record in pipeline.registry.records() for item in record.items.values()} == {"2026"}
    assert not importer.abandon()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("table = 1", r"mapping\.toml: Expected `array`"),
        ("[[table]", r"mapping\.toml is no TOML: .*line 1"),
        ("table = []", "give 1 to"),
        ('[[table]]\nkind="cat"\nfile="x.csv"\nfields={}', "table 1 .*kind is one of"),
        ('[[table]]\nkind="building"\nfile="x.csv"\nfields={}', "need `cell`"),
        ('[[table]]\nkind="person"\nfile="x.csv"\nfields={sex={}}', "field sex: give either"),
        ('[[table]]\nkind="person"\nfile="x.csv"\nfields={sex={column="a",date="%Q"}}', "strptime"),
        ('[[table]]\nkind="person"\nfile="x.csv"\nencoding="moon"\nfields={}', "encoding 'moon'"),
        ('[[table]]\nkind="person"\nfile="x.csv"\ncolour=1\nfields={}', "unknown field `colour`"),
    ],
)
def test_a_malformed_mapping_is_one_error(text: str, words: str) -> None:
    """It says where, and how to mend it."""
    with pytest.raises(BadInput, match=words):
        read_mapping(text.encode(), "mapping.toml")


def test_what_does_not_fit_the_form_or_the_file_is_one_error(importer: Importer, folder: Path) -> None:
    """A field that the form has not, a constant that is no choice, a column or a sheet that is not there."""
    head = '[[table]]\nkind="building"\nfile="lou.csv"\nencoding="gb18030"\nid="楼号"\ncell="网格"\n'
    people = '[[table]]\nkind="person"\nfile="ren.xlsx"\n'
    for text, words in (
        (head + 'fields={colour="楼名"}', "'colour' is not a field"),
        (head + 'fields={use={value="castle"}}', "'castle' is no choice of use"),
        (head + 'fields={name="名"}', "there is no column '名'; there are 楼号"),
        (head.replace("gb18030", "utf-8") + 'fields={name="楼名"}', "is not utf-8"),
        (head.replace("lou.csv", "lou.doc") + 'fields={name="楼名"}', "cannot be read"),
        (people + 'sheet="x"\nfields={name="姓名"}', "no sheet 'x', but Sheet, 人口"),
    ):
        with pytest.raises(BadInput, match=words):
            importer.run(Order(read_mapping(text.encode(), "m.toml"), folder), AT, Progress())


def test_parquet_is_read_and_hostile_files_are_refused(tmp_path: Path) -> None:
    """Days and whole numbers become texts; a bomb, a torn file and too little memory are one error each."""
    table = pyarrow.table({"id": [1, 2], "day": [datetime(2026, 1, 2), None], "x": [1.0, 2.5]})
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet")
    rows = list(limited_rows(tmp_path / "t.parquet", None))
    assert rows == [["id", "day", "x"], ["1", "2026-01-02", "1"], ["2", "", "2.5"]]
    (tmp_path / "torn.parquet").write_bytes((tmp_path / "t.parquet").read_bytes()[:-9])
    (tmp_path / "torn.xlsx").write_bytes(b"PK\x03\x04 torn")
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("xl/worksheets/sheet1.xml", '<c r="A9999999"/>' + " " * 10_000_000)
    workbook(tmp_path / "sound.xlsx", PEOPLE)
    tight = ChildLimits(memory_mb=25)
    for name, words, limits in (
        ("torn.parquet", "no Parquet file", ChildLimits()),
        ("torn.xlsx", "no Excel workbook", ChildLimits()),
        ("bomb.xlsx", "row 9999999", ChildLimits()),
        ("sound.xlsx", "more than 25 MB|cannot be read", tight),
    ):
        with pytest.raises(BadInput, match=words):
            list(limited_rows(tmp_path / name, "人口", limits))
