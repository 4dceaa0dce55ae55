"""`form publish, list, versions, compare, release, retire`."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from fieldsync.form_versions import FormVersion
from fieldsync.shelf import Shelf
from fieldsync.stores.factory import open_store
from forms_spec import FormSpec
from tests.unit.cli.conftest import Run
from tests.unit.forms_spec.workbooks import question, workbook

NAME, AGE = question("text", "name"), question("integer", "age")


def written(folder: Path, version: str, *questions: dict[str, str]) -> str:
    """Write a workbook and return its path."""
    path = folder / f"{version}.xlsx"
    path.write_bytes(workbook(list(questions), form_id="person", version=version))
    return str(path)


def test_choices_in_a_file_beside_the_form_are_published_with_it(run: Run, tmp_path: Path) -> None:
    """The choices come along; other choices in the file are other content of the version."""
    form = written(tmp_path, "1", NAME, question("select_one_from_file towns.csv", "town"))
    towns = tmp_path / "towns.csv"
    towns.write_text("name,label\na,Anren\n", encoding="utf-8")
    assert run("form", "publish", form).status == 0
    assert run("form", "publish", form).out == "person 1: published already.\n"
    towns.write_text("name,label\nb,Boda\n", encoding="utf-8")
    refused = run("form", "publish", form)
    assert (refused.status, "choices added: b" in refused.err) == (1, True)


def test_warnings_are_told_in_the_language_of_the_terminal(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In Chinese, too: the repeat has no label."""
    form = written(tmp_path, "1", {"type": "begin repeat", "name": "people"}, NAME, {"type": "end repeat"})
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert "warning: survey, row 2, label: Repeat 'people' has no label." in run("form", "publish", form).out
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "警告：survey, 第 2 行, label: “people”缺少标签。" in run("form", "publish", form, "--dry-run").out


def test_a_form_larger_than_a_document_is_refused(run: Run, tmp_path: Path) -> None:
    """Every cell would get it: one line says how large it is, which list makes it so, and what to do."""
    form = written(tmp_path, "1", NAME, question("select_one_from_file towns.csv", "town"))
    rows = "".join(f"t{number},Town {number}\n" for number in range(12_000))
    (tmp_path / "towns.csv").write_text("name,label\n" + rows, encoding="utf-8")
    refused = run("form", "publish", form)
    assert (refused.status, len(refused.err.splitlines())) == (2, 1)
    assert "towns, has 12,000 choices" in refused.err
    assert run("form", "list").out == ""


@pytest.mark.parametrize("has_file", [False, True])
def test_what_an_older_build_published_is_published_already(run: Run, tmp_path: Path, has_file: bool) -> None:
    """The workbook's bytes count, whatever was made of them; the files beside it still do, too."""
    towns = tmp_path / "towns.csv"
    towns.write_text("name,label\na,Anren\n", encoding="utf-8")
    form = written(tmp_path, "1", NAME, question("select_one_from_file towns.csv", "town") if has_file else AGE)
    assert run("form", "publish", form).status == 0
    store = open_store(f"sqlite:///{tmp_path}/store")
    Shelf(store.database("forms"), "form:", FormVersion).change("person@1", "version", as_older_build)
    store.close()
    assert run("form", "publish", form).out == "person 1: published already.\n"
    towns.write_text("name,label\nb,Boda\n", encoding="utf-8")
    assert run("form", "publish", form).status == (1 if has_file else 0)


def as_older_build(version: FormVersion) -> FormVersion:
    """Return a version as a build wrote it that read no labels."""
    spec = FormSpec.decode(bytes(version.spec))
    fields = tuple(msgspec.structs.replace(field, labels={}) for field in spec.fields)
    return msgspec.structs.replace(version, spec=msgspec.Raw(msgspec.structs.replace(spec, fields=fields).encode()))


def test_a_form_is_published_compared_released_and_retired(run: Run, tmp_path: Path) -> None:
    """A dry run and a refusal write nothing and say why; what is in use where is told in both languages."""
    first, second = written(tmp_path, "1", NAME, AGE), written(tmp_path, "2", NAME)
    bad = written(tmp_path, "3", NAME, question("text", "age"))
    assert run("form", "publish", first).out == "person 1: published.\n"
    told = run("form", "publish", second, "--dry-run")
    assert told.out.startswith("person 2: can be published, compared with 1.\n")
    assert "age is gone" in told.out
    assert "删除" in told.out
    (row,) = run("form", "publish", second, "--json").json["forms"]
    assert (row["published"], row["before"], [change["kind"] for change in row["changes"]]) == (True, "1", ["removed"])
    refused = run("form", "publish", bad)
    assert (refused.status, len(refused.err.splitlines())) == (2, 1)
    assert "give the question a new name" in refused.err
    compared = run("form", "compare", "person", "2", "1", "--json").json
    assert [(change["kind"], change["field"]) for change in compared["changes"]] == [("added", "age")]
    assert run("form", "compare", "person", "1", "1").out == "No change. / 无变动。\n"
    assert run("form", "release", "person", "1").out.endswith(": 1 everywhere / 全部\n")
    assert run("form", "release", "person", "1", "--area", "510107").status == 1
    assert run("form", "release", "person", "1", "--area", "99").status == 2
    assert "已停用: no more" in run("form", "retire", "person", "--reason", "no more").out
    versions = run("form", "versions", "person", "--json").json["versions"]
    assert [(version["version"], version["areas"]) for version in versions] == [("1", [""]), ("2", [])]
    assert run("form", "versions", "nothing").status == 1
