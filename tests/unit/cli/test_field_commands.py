"""`registry import`, `case` and `audit`, on an installation in which something happened."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from fieldsync.accounts import User
from fieldsync.plan_files import PlanFile
from fieldsync.registry_import import FILES
from tests.api.city import plan_of, square
from tests.unit.cli.conftest import Run
from tests.unit.steps.conftest import CELL, PERSON, ROWS, Field, field_, prepared, uid, workbooks

__all__ = ["field_", "prepared", "workbooks"]


@pytest.fixture
def waiting(field_: Field) -> Field:
    """A changed birth date that waits for its reviewer."""
    for name, role in (("wu.min", "reviewer"), ("li.na", "collector")):
        user = User(name=name, display={}, roles=(role,), areas=("510107",))
        field_.services.accounts.create(user, "a quiet river")
    tablet = field_.tablet("li.na")
    tablet.edit(PERSON, birth_date="1981-02-03")
    field_.submit(tablet)
    field_.run()
    return field_


def test_a_case_is_listed_decided_and_accounted_for(run: Run, waiting: Field) -> None:
    """The list names it, the decision admits it, the audit balances with one change admitted."""
    (case,) = run("case", "list", "--json").json["cases"]
    assert case["items"][0]["item"] == "birth_date"
    assert case["id"] in run("case", "list", "--kind", "admission", "--area", "510107001").out
    assert run("case", "list", "--area", "510104", "--json").json["cases"] == []
    decided = run("case", "decide", case["id"], "admit", "--by", "wu.min", "--json")
    assert (decided.status, decided.json["decision"]["by"]) == (0, "wu.min")
    books = run("audit", "--json")
    assert (books.status, books.json["outcomes"]) == (0, {"admitted": 1, "recorded": 1})


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("admit", "--by", "li.na"), 1, "no reviewer or supervisor 'li.na'"),
        (("return", "--by", "wu.min"), 2, "needs a reason"),
        (("choose", "--by", "wu.min", "--rev", "1-x"), 2, "does not fit"),
        (("value", "--by", "wu.min", "--value", "not json"), 2, "--value is JSON"),
    ],
)
def test_a_decision_that_does_not_fit_says_so_in_one_line(
    run: Run, waiting: Field, arguments: tuple[str, ...], status: int, words: str
) -> None:
    """Nothing is decided, and the case stays open."""
    (case,) = run("case", "list", "--json").json["cases"]
    answer = run("case", "decide", case["id"], *arguments)
    assert answer.status == status
    assert words in answer.err
    assert answer.err.count("\n") == 1
    assert len(run("case", "list", "--json").json["cases"]) == 1


def test_a_case_is_shown_in_words(run: Run, waiting: Field) -> None:
    """What waits for whom, in both languages; what each side says."""
    (case,) = run("case", "list", "--json").json["cases"]
    shown = run("case", "show", case["id"]).out
    assert "Changes of the household wait for the staff of the street: date of birth." in shown
    assert "等待街道工作人员审核：出生日期。" in shown
    assert run("case", "show", case["id"], "--json").json["state"] == "open"


def test_a_case_is_claimed_and_given_back(run: Run, waiting: Field) -> None:
    """The list says by whom; a second claim, and a release by who does not have it, are one line."""
    other = User(name="he.jun", display={}, roles=("reviewer",), areas=("510107",))
    waiting.services.accounts.create(other, "a quiet river")
    (case,) = run("case", "list", "--json").json["cases"]
    assert run("case", "claim", case["id"], "--by", "wu.min").status == 0
    assert "claimed by wu.min" in run("case", "list").out
    for command in ("claim", "unclaim"):
        refused = run("case", command, case["id"], "--by", "he.jun")
        assert (refused.status, refused.err.count("\n")) == (1, 1)
        assert "claimed by wu.min" in refused.err
    assert "free again" in run("case", "unclaim", case["id"], "--by", "wu.min").out


def test_many_cases_are_decided_from_a_file(run: Run, waiting: Field) -> None:
    """Each line has its result, and the status tells whether all went well; what is no decision names its line."""
    (case,) = run("case", "list", "--json").json["cases"]
    lines = [{"case": case["id"], "action": "admit"}, {"case": "admission:none", "action": "admit"}]
    typed = "\n".join(map(json.dumps, lines))
    for bad in ("", "{", '{"case": "x"}', '{"case": "x", "action": "admit", "colour": 1}', '["x"]'):
        refused = run("case", "decide-many", "-", "--by", "wu.min", typed=bad)
        assert (refused.status, refused.err.count("\n")) == (2, 1), refused.err
    done = run("case", "decide-many", "-", "--by", "wu.min", "--json", typed=typed)
    assert done.status == 1
    assert [one.get("state") or one["error"] for one in done.json["results"]] == ["closed", "not_found"]
    assert run("case", "list", "--json").json["cases"] == []


def test_an_admission_is_taken_back_whole_or_by_item(run: Run, waiting: Field) -> None:
    """With a reason; what it did not admit, and a second time, are one line."""
    (case,) = run("case", "list", "--json").json["cases"]
    assert run("case", "decide", case["id"], "admit", "--by", "wu.min").status == 0
    revert = ("case", "revert", case["id"], "--by", "wu.min", "--reason", "Another card")
    refused = run(*revert, "--item", f"{PERSON}#name")
    assert (refused.status, "did not admit name" in refused.err) == (2, True)
    done = run(*revert, "--item", f"{PERSON}#birth_date", "--json").json
    assert (done["kind"], done["reverts"], done["state"]) == ("reversal", case["id"], "closed")
    again = run(*revert)
    assert (again.status, again.err.count("\n"), "changed since by wu.min" in again.err) == (1, 1, True)
    shown = run("case", "show", done["id"]).out
    assert "taken back from the registry (Another card)" in shown
    assert "已从登记库撤回" in shown
    shown = run("case", "show", case["id"]).out
    assert "Taken back: date of birth, by wu.min" in shown
    assert "已撤回：出生日期，wu.min" in shown
    by_rule = run("registry", "revert", PERSON, "phone", "--by", "wu.min", "--reason", "No")
    assert (by_rule.status, "not by a form's rule" in by_rule.err) == (1, True)
    assert run("audit", "--json").json["outcomes"] == {"recorded": 1, "refused": 1}


def test_a_lot_has_no_cases_that_change_what_is_known(run: Run, waiting: Field) -> None:
    """A changed birth date fits no lot: one line, and the case stays free; unknown lots and actions are told."""
    refused = run("lot", "draw", "--area", "510107", "--round", "2026", "--by", "wu.min")
    assert (refused.status, refused.err.count("\n"), "no unclaimed case" in refused.err) == (1, 1, True)
    assert "claimed by" not in run("case", "list").out
    assert "No lots." in run("lot", "list").out
    assert run("lot", "show", "none").status == 1
    assert run("lot", "decide", "none", "burn", "--by", "wu.min").status == 2
    assert run("lot", "decide", "none", "reject", "--by", "wu.min", "--fault", "x").status == 2


def test_an_unknown_case_is_one_clear_line(run: Run, waiting: Field) -> None:
    """The command fails with the case's name."""
    answer = run("case", "decide", "admission:none", "admit", "--by", "wu.min")
    assert (answer.status, answer.err) == (1, "fieldsync: There is no case admission:none.\n")


def test_the_audit_tells_the_story_of_a_document_and_of_one_edit(run: Run, waiting: Field) -> None:
    """In English and Chinese, with who wrote what; what nobody wrote is one clear line."""
    (case,) = run("case", "list", "--json").json["cases"]
    rev = case["items"][0]["edits"][0]
    whole = run("audit", "--document", f"{CELL}/{PERSON}").out
    assert "li.na changed the date of birth from 1980-02-03 to " in whole
    assert "将出生日期由1980-02-03改为" in whole
    edit = run("audit", "--edit", f"{CELL}/{PERSON}@{rev}", "--json").json["steps"]
    assert [(step["step"], step.get("rev")) for step in edit] == [("edit", rev), ("case", None)]
    unknown = run("audit", "--edit", f"{CELL}/{PERSON}@9-none")
    assert unknown.status == 1
    assert "The ledger has nothing about" in unknown.err


def test_an_audit_that_does_not_balance_fails(run: Run, waiting: Field) -> None:
    """An entry removed from the ledger: exit status 1, and the fault is named."""
    from tests.unit.steps.test_accounting import erase

    (case,) = run("case", "list", "--json").json["cases"]
    erase(waiting, f"{CELL}/{PERSON}@{case['items'][0]['edits'][0]}")
    answer = run("audit")
    assert answer.status == 1
    assert "do not balance" in answer.out
    assert "not_in_ledger" in answer.out


def test_the_audit_prints_the_books_for_people(run: Run, waiting: Field) -> None:
    """A table of outcomes in both languages, and who, where and when."""
    printed = run("audit").out
    assert "等待处理" in printed
    assert "li.na" in printed
    assert CELL in printed
    assert "The books balance." in printed


def test_an_audit_of_no_cells_is_an_error(run: Run, waiting: Field) -> None:
    """The books of a store, or an area, that nobody meant would balance."""
    for arguments in (["--area", "99"], ["--area", "99", "--balance"]):
        answer = run("audit", *arguments)
        assert (answer.status, answer.out) == (1, "")
        assert "There is no cell of 99 in this store." in answer.err


def folder_with(tmp_path: Path, **changed: str) -> Path:
    """Write the files of an import."""
    folder = tmp_path / "handed-over"
    folder.mkdir()
    for kind, text in {**ROWS, **changed}.items():
        (folder / FILES[kind]).write_text(text, encoding="utf-8")
    return folder


def test_an_import_repeated_is_no_import(run: Run, waiting: Field, tmp_path: Path) -> None:
    """What the registry has already stays as it is: nothing is new, nothing is preloaded again."""
    waiting.services.cells.import_plan(plan_file())
    before = waiting.registry(PERSON, "name")
    done = run("registry", "import", str(folder_with(tmp_path)), "--json")
    assert done.status == 0, done.err
    assert set(done.json["new"].values()) == {0}
    assert done.json["preloaded"] == 0
    assert waiting.registry(PERSON, "name") == before


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("person", "id,name\nnot-a-uuid,X\n", "persons.csv row 2: id 'not-a-uuid' is not a UUID"),
        ("person", "id,colour\n", "column 'colour' is not a field"),
        ("person", "name\nX\n", "no column 'id'"),
        ("dwelling", "id,rooms\n00000000-0000-0000-0000-000000000001,three\n", "rooms 'three' is not of type integer"),
        ("building", "id,cell\n00000000-0000-0000-0000-000000000002,999999999999999\n", "is not in the plan"),
    ],
)
def test_a_faulty_file_is_refused_whole(
    run: Run, waiting: Field, tmp_path: Path, kind: str, text: str, words: str
) -> None:
    """The message names file, row and mend; nothing of any file was written."""
    waiting.services.cells.import_plan(plan_file())
    folder = folder_with(tmp_path, **{kind: text})
    answer = run("registry", "import", str(folder))
    assert answer.status == 2
    assert words in answer.err
    assert waiting.pipeline.registry.get("building:00000000-0000-0000-0000-000000000002") is None


def test_a_missing_or_unreadable_file_is_named(run: Run, waiting: Field, tmp_path: Path) -> None:
    """An empty folder, and a file that is not UTF-8."""
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "buildings.csv is not there" in run("registry", "import", str(empty)).err
    folder = folder_with(tmp_path)
    (folder / "persons.csv").write_bytes("id,name\nx,王芳\n".encode("gb18030"))
    assert "persons.csv is not UTF-8" in run("registry", "import", str(folder)).err


def plan_file() -> PlanFile:
    """Return a plan with the cell at hand."""

    return PlanFile(plan_of(square(CELL, 104.0, 30.6)), "Sample", date(2026, 11, 1))


def test_the_audit_counts_what_is_chosen(run: Run, waiting: Field) -> None:
    """By collector and by day of the city; what is no day is refused."""
    assert run("audit", "--json", "--collector", "nobody").json["changes"] == 0
    assert run("audit", "--json", "--from", "2026-11-23", "--to", "2026-11-23").json["changes"] > 0
    assert run("audit", "--json", "--to", "2026-11-22").json["changes"] == 0
    assert run("audit", "--from", "yesterday").status == 2


def test_the_balance_of_a_month_names_who_makes_the_difference(run: Run, waiting: Field) -> None:
    """A stay that began without an event does not balance; a month before everything does."""
    stay = f"stay:{uid('moved in')}"
    data = {"person": PERSON, "household": f"household:{uid('elsewhere')}", "kind": "usual", "since": "2026-11-20"}
    waiting.tablet("li.na").write(stay, {"kind": "stay", "data": data | {"person": f"person:{uid('new')}"}})
    done = run("audit", "--balance", "--month", "2026-11", "--json")
    assert (done.status, done.json["is_balanced"]) == (1, False)
    (difference,) = [d for cell in done.json["balances"] for d in cell["differences"]]
    assert (difference["kind"], difference["documents"]) == ("stay_began_without_event", [stay])
    told = run("audit", "--balance", "--month", "2026-11").out
    assert stay in told
    assert "居住开始但无事件记录" in told
    assert run("audit", "--balance", "--month", "2020-01").status == 0
    assert run("audit", "--balance", "--month", "winter").status == 2


def test_the_ledger_is_listed_archived_and_shown(run: Run, waiting: Field) -> None:
    """What came is listed by day and tablet; what is concluded goes to a file that can be read and is checked."""
    listed = run("ledger", "list", "--day", "2026-11-23", "--json").json["edits"]
    assert {edit["author"] for edit in listed} == {"li.na"}
    assert run("ledger", "list", "--tablet", "tablet:li.na", "--json").json["edits"] == listed
    assert run("ledger", "list").status == 2
    (case, *_) = waiting.open_cases("admission")
    waiting.decide(case.id, "admit")
    waiting.tablet("li.na").edit(PERSON, employer="Jinli Tea")
    waiting.tablet("wang.fang").edit(PERSON, employer="Wuhou Tea")
    waiting.run()
    done = run("ledger", "archive", "2027-01-01", "--json")
    assert (done.status, done.json["files"]) == (0, 1)
    assert done.json["entries"] == done.json["shortened"] > 0
    (file,) = [json.loads(line) for line in run("ledger", "show").out.splitlines()]
    shown = [json.loads(line) for line in run("ledger", "show", file["name"]).out.splitlines()]
    assert len(shown) == file["entries"] + file["outcomes"]
    assert run("audit", "--json").json["archived"] == file["entries"]
    whole = [json.loads(line) for line in run("ledger", "show", "--document", f"{CELL}/{PERSON}").out.splitlines()]
    assert all("archived" not in row for row in whole)
    assert run("ledger", "show", "no such file").status == 2
