"""A person's file as the person reads it: labels and names in both languages, sources, who saw it, how long."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from fieldsync.accounts import User
from fieldsync.telling.person_files import FileToRead, span_words
from fieldsync.telling.person_pages import as_page, as_text

from .conftest import CELL, PERSON, STAY, Field
from .retained import publish
from .sealed_room import Sender

WILD = '<script>alert("hello")</script>'
LONG = "在成都市武侯区某公司从事设计工作，" * 8


@pytest.fixture
def lived(field_: Field) -> Field:
    """Somebody whose values were sent, contested, decided, returned, set aside and looked at."""
    for name, zh, en, role in (("li.na", "李娜", "Li Na", "collector"), ("wu.min", "吴敏", "Wu Min", "reviewer")):
        user = User(name=name, display={"zh": zh, "en": en}, roles=(role,), areas=("510107",))
        field_.services.accounts.create(user, "a quiet river")
    one, other = field_.tablet("li.na"), field_.tablet("zhang.wei")
    one.edit(PERSON, phone="12800000001", id_number="999999198002030037", employer=LONG, work_status="employed")
    other.edit(PERSON, id_number="999999198002030045")
    one.push({"_id": PERSON, "_rev": "no revision", "note": WILD})
    field_.run()
    for case in field_.open_cases("contest"):
        chosen = next(one for one in case.candidates if one["by"] == "zhang.wei")
        field_.decide(case.id, "choose", rev=chosen["rev"], reason="As on the card")
    one.pull(PERSON)
    one.edit(PERSON, birth_date="1981-02-03")
    field_.submit(one)
    field_.run()
    for case in field_.open_cases("admission"):
        field_.decide(case.id, "return", reason="Look at the card again")
    trail = field_.services.trail
    trail.note("wu.min", "registry.list", CELL, f"by name; saw: {PERSON} {STAY}")
    trail.note("cli:root", "registry.reveal", PERSON, "a complaint")
    trail.note("admin", "registry.export", CELL[:6], "person, csv, masked; for the school office")
    trail.note("admin", "registry.export", "510104", "person, csv, masked; elsewhere")
    return field_


def told(field: Field, language: str) -> tuple[FileToRead, dict[str, list[tuple[str, ...]]]]:
    """Return a file in words, and its rows by the title of their section."""
    files = field.pipeline.files
    file = files.told(files.made(PERSON, "cli:root", "request 7"), language)
    return file, {section.title: section.rows for section in file.sections}


def test_values_stand_with_labels_and_where_they_are_from(lived: Field) -> None:
    """The labels of the form and of its choices in the language; whole texts; former values apart."""
    file, rows = told(lived, "zh")
    assert file.title == "关于王芳的全部留存信息"
    now = {row[1]: row for row in rows["登记库现有内容"] if row[0] == "本人"}
    assert now["性别"][2:] == ("女性", now["性别"][3], "由登记资料导入")
    assert now["联系电话"][2] == "12800000001"
    assert now["联系电话"][4] == f"由李娜采集（网格{CELL}）"
    assert now["工作单位"][2] == LONG
    before = [row[2] for row in rows["登记库曾有内容"]]
    assert "12812345678" in before
    assert now["证件种类／证件号码"][4] == f"由zhang.wei采集（网格{CELL}），由吴敏核准"
    english = told(lived, "en")[1]
    assert ("person", "Sex", "Female") in [row[:3] for row in english["What is in the registry now"]]


def test_what_happened_and_who_saw_it_is_in_sentences(lived: Field) -> None:
    """Edits, the decision with its reason, what was set aside as it came; every reading, exports of the area too."""
    _, rows = told(lived, "en")
    story = "\n".join(row[2] for row in rows["What was sent and decided"])
    assert "Li Na changed the date of birth from 1980-02-03 to 1981-02-03, on 23 November 2026 at 16:00." in story
    assert "Look at the card again" in story
    assert [row[2] for row in rows["What was set aside, as it came"] if WILD.replace('"', '\\"') in row[2]]
    seen = [row[1:] for row in rows["Who saw it, and when"]]
    assert seen == [
        ("Wu Min", "found the record in a search; sensitive answers covered", "by name"),
        ("somebody at the server (root)", "opened the record with sensitive answers shown", "a complaint"),
        ("admin", "wrote a file of all records of the area", "person, csv, masked; for the school office"),
    ]
    assert told(lived, "en")[1]["Who saw it, and when"][-1][2] == "had this file made"
    assert rows["How long it is kept"][0] == ("person", "until it is erased: the form sets no term")


@pytest.mark.parametrize(
    ("retention", "en", "zh"),
    [
        ("P5Y", "for 5 years, as the form says", "按表单规定保存5年"),
        ("P18M", "for 18 months, as the form says", "按表单规定保存18个月"),
        ("P90D", "for 90 days, as the form says", "按表单规定保存90天"),
        ("P1Y10D", "for 1 year 10 days, as the form says", "按表单规定保存1年10天"),
    ],
)
def test_a_term_is_told_in_words(retention: str, en: str, zh: str) -> None:
    """Years, months or days, as the form's duration has them."""
    assert (span_words(retention, "en"), span_words(retention, "zh")) == (en, zh)


def test_how_long_is_told_by_what_it_runs_out_by(field_: Field) -> None:
    """Stays go with their person; what was told under seal by its own form, not by that of other answers."""
    publish(field_, person="P5Y", health="P30D", answer="P1Y")
    Sender(field_).answer("one")
    assert told(field_, "en")[1]["How long it is kept"] == [
        ("person", "for 5 years, as the form says"),
        ("stay", "for 5 years, as the form says"),
        ("Health (voluntary, sealed)", "for 30 days, as the form says"),
    ]


class _Seen(HTMLParser):
    """Collects the texts of a page, and which elements it has."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.elements: set[str] = set()

    def handle_starttag(self, tag: str, _: Any) -> None:
        self.elements.add(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_the_page_and_the_text_have_the_same_and_nothing_of_it_is_markup(lived: Field, tmp_path: Path) -> None:
    """What somebody wrote is shown as it is: no script, no link, nothing that is loaded from elsewhere."""
    for language in ("zh", "en"):
        file, rows = told(lived, language)
        page, seen = as_page(file), _Seen()
        seen.feed(page)
        assert not {"script", "link", "img", "a", "iframe"} & seen.elements
        assert "http" not in page
        text = as_text(file)
        parts = {part for section in rows.values() for row in section for part in row if part}
        assert parts <= set(seen.texts)
        assert all(part in text for part in parts)
        (tmp_path / f"{language}.html").write_text(page, encoding="utf-8")
        (tmp_path / f"{language}.txt").write_text(text, encoding="utf-8")
