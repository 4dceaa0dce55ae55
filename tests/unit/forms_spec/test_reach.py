"""A real form, REACH's household survey of 2024, and its dummy answers: every finding follows from the data.

The answers were drawn by chance, question by question, with little regard to the form's rules. So that no finding is
taken on trust, each is borne out by the answers themselves here, and those that another engine can give are compared.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import rxeval

from fieldsync.forms import Forms
from fieldsync.stores.factory import open_store
from forms_spec.faults import Checked
from forms_spec.findings import Finding
from forms_spec.instance import Instance, Layout
from forms_spec.instance_writing import write_instance
from forms_spec.records import Record
from forms_spec.spec import Field, FormSpec
from forms_spec.validate import Validator
from forms_spec.workbook_records import WorkbookRecords, read_workbook_records
from forms_spec.xlsform import read_form
from tests.unit.forms_spec.planting import KINDS, plant

DATA = Path(__file__).parents[4] / "shared" / "data" / "forms"
DOCS = Path(__file__).parents[3] / "docs" / "forms.md"
TODAY = "2024-06-15"
EVERY = 4
"""Which share of the records the other engine is asked about."""
WASHINGTON_GROUP = ("vision", "hearing", "mobility", "cognition", "self_care", "communication")
AGES = {
    "edu_ind": (5, 18),
    "edu_access": (5, 18),
    "nut_ind": (0, 5),
    "nut_ind_under5_sick_yn": (0, 4),
    "nut_ind_under5_vitamina": (1, 5),
    "nut_ind_under5_deworming": (1, 5),
    **dict.fromkeys(("direct_proxy", "caregiver_available"), (5, 120)),
    **{f"wgq_{name}": (5, 120) for name in WASHINGTON_GROUP},
}
"""From which age to which the form asks, of the households or of the members."""
EXCLUSIVE = {"none", "dnk", "pnta", "do_not_want_assistance"}


@pytest.fixture(scope="module")
def form() -> Checked:
    """The form, read."""
    path = DATA / "reach-msna-2024.xlsx"
    assert path.exists(), f"{path} is missing: the data for tests stands beside the project"
    return read_form(path.read_bytes(), path.name)


@pytest.fixture(scope="module")
def spec(form: Checked) -> FormSpec:
    """The form as data."""
    assert form.spec is not None
    return form.spec


@pytest.fixture(scope="module")
def answers(spec: FormSpec) -> WorkbookRecords:
    """The dummy answers: a sheet of households, and one for each of four repeats."""
    path = DATA / "reach-msna-2024-answers.xlsx"
    return read_workbook_records(path.read_bytes(), path.name, spec)


@pytest.fixture(scope="module")
def found(spec: FormSpec, answers: WorkbookRecords) -> list[tuple[Record, list[Finding]]]:
    """Every record with its findings."""
    validator = Validator(spec)
    return [(record, _findings(validator, record)) for record in answers.records]


def _findings(validator: Validator, record: Record) -> list[Finding]:
    return validator.findings(record.data, record.missing, TODAY)


def test_the_form_has_no_error(form: Checked) -> None:
    """What is warned of are faults of the form: repeats without labels, no version, a bare T where true() was meant."""
    assert form.errors == ()
    codes = Counter(warning.code for warning in form.warnings)
    assert codes == {"label-missing": 4, "language-code": 1, "version-missing": 1, "expression-word": 2}


def test_all_answers_are_read(answers: WorkbookRecords) -> None:
    """Each household, each member in each sheet, and no column is passed over but those of the export."""
    total = Counter[str]()
    for record in answers.records:
        total.update({name: len(value) for name, value in record.data.items() if isinstance(value, list)})
    assert (len(answers.records), dict(total)) == (
        241,
        dict.fromkeys(("roster", "edu_ind", "health_ind", "nut_ind"), 965),
    )
    assert {name for columns in answers.unknown_columns.values() for name in columns} == {
        "row_id", "uuid", "person_id", "stratum", "weight"
    }  # fmt: skip


def test_the_form_is_published_under_a_version_that_its_content_names(form: Checked, tmp_path: Path) -> None:
    """It says none itself; the same file again is the same version."""
    path, store = DATA / "reach-msna-2024.xlsx", open_store(f"sqlite:///{tmp_path}/store")
    forms = Forms(store, lambda: datetime(2026, 11, 1, tzinfo=UTC))
    published = [forms.publish(path.read_bytes(), path.name, "test") for _ in range(2)]
    assert [one.new for one in published] == [True, False]
    assert re.fullmatch("auto-[0-9a-f]{12}", published[0].spec.version)
    kept = forms.need_spec("data")
    assert [field.name for field in kept.fields] == [field.name for field in published[0].spec.fields]
    store.close()


def test_every_finding_is_borne_out_by_the_answers(spec: FormSpec, found: list[tuple[Record, list[Finding]]]) -> None:
    """One reason each, that can be seen without any engine; and the numbers are those of the documentation."""
    reasons = Counter[tuple[str, str]]()
    for record, findings in found:
        irrelevant = [finding.field.rpartition(".") for finding in findings if finding.code == "irrelevant"]
        for finding in findings:
            around = finding.field.rpartition(".")[0]
            gone = {name for outer, _, name in irrelevant if outer in (around, "")}
            reason = _reason(spec, record.data, finding, gone)
            assert reason, (record.number, finding)
            reasons[finding.code, reason] += 1
    told = re.findall(r"^\| `(\w+)` \| ([\d,]+) \| ([^|]+) \|", DOCS.read_text(encoding="utf-8"), re.M)
    assert {(code, reason): int(number.replace(",", "")) for code, number, reason in told} == dict(reasons)


def test_another_engine_finds_the_same(
    form: Checked, spec: FormSpec, found: list[tuple[Record, list[Finding]]]
) -> None:
    """Constraints and missing answers, asked of rxeval.

    Passed over are `required` notes, which nobody can answer, and two repeats whose questions hang on calculations: a
    submission brings these along, and the export has left them out.
    """
    layout, fields = Layout.of(spec), dict(_by_path(spec.fields))
    notes = {field.name for field in fields.values() if field.type == "note"}
    compared = 0
    for record, findings in found[::EVERY]:
        xml = write_instance(Instance(form=spec.id, version=spec.version, data=dict(record.data)), layout).decode()
        theirs = {
            (finding["kind"], _place(finding["path"], fields))
            for finding in rxeval.submission_findings(form.xform or "", xml)
            if finding["kind"] in ("constraint", "required")
        }
        ours = {(f.code, f.field) for f in findings if f.code in ("constraint", "required")}
        both = [{one for one in each if not one[1].startswith(("edu_ind", "nut_ind"))} for each in (ours, theirs)]
        assert both[0] == {(kind, place) for kind, place in both[1] if place not in notes}, record.number
        compared += len(both[0])
    assert compared > 300


def test_fifty_planted_errors_are_found_where_they_are(spec: FormSpec, answers: WorkbookRecords) -> None:
    """Eight kinds in turn, one a household; none of them was found there before, all are now."""
    validator = Validator(spec)
    records, planted = plant(spec, answers.records, 50, seed=2024)
    assert len({error.record for error in planted}) == len(planted) == 50
    assert {error.kind for error in planted} == set(KINDS)
    before = {record.number: record for record in answers.records}
    after = {record.number: record for record in records}
    for error in planted:
        was = {(f.field, f.code) for f in _findings(validator, before[error.record])}
        now = {(f.field, f.code) for f in _findings(validator, after[error.record])}
        assert (error.place, error.code) not in was, error
        assert (error.place, error.code) in now, error


def _reason(spec: FormSpec, data: Any, finding: Finding, irrelevant: set[str]) -> str:
    """Say why a finding is right, from the sheets and the answers alone; empty if nothing bears it out.

    `irrelevant` are the questions of the same member or household that were found so, each with its own reason.
    """
    field, holder, member = _question(spec, data, finding.field)
    why = {
        "required": _why_required,
        "constraint": _why_constraint,
        "choice_filter": _why_filtered,
        "irrelevant": _why_irrelevant,
    }[finding.code]
    return why(spec, field, holder.get(field.name), holder | {"": data, "member": member, "irrelevant": irrelevant})


def _why_required(spec: FormSpec, field: Field, answer: Any, _: Any) -> str:
    if answer not in (None, ""):
        return ""
    return "a column that the answers lack" if field.name == "household_geopoint" else "asked, and left blank"


def _why_constraint(spec: FormSpec, field: Field, answer: Any, _: Any) -> str:
    if field.type == "select_multiple":
        chosen = str(answer).split()
        if len(chosen) > 1 and EXCLUSIVE & set(chosen):
            return "an answer such as 'none' or 'do not know' beside others"
        limits = re.findall(r"count-selected\(\.\)\s*(<=?|>)\s*(\d+)", field.constraint or "")
        broken = [(sign, n) for sign, n in limits if not {"<": len(chosen) < int(n), "<=": len(chosen) <= int(n),
                                                          ">": len(chosen) > int(n)}[sign]]  # fmt: skip
        return "too many or too few choices" if broken else ""
    return "a number out of bounds" if not (0 < float(answer) < 100) and float(answer) != -999 else ""


def _why_filtered(spec: FormSpec, field: Field, answer: Any, around: Any) -> str:
    column, _, above = (field.choice_filter or "").partition("=")
    outer = around[""].get(above.strip().rsplit("/", 1)[-1])
    parents = {
        choice.columns.get(column.strip()) for choice in spec.choices[field.choices or ""] if choice.value == answer
    }
    return "a place that lies in another area than was answered" if outer not in parents else ""


def _why_irrelevant(spec: FormSpec, field: Field, answer: Any, around: Any) -> str:
    """A household with nobody of the age, a member of another age, or a follow-up of what was not answered or asked."""
    data, gone = around[""], around["irrelevant"]
    if field.type == "repeat":
        ages = [int(member["ind_age"]) for member in data["roster"] if "ind_age" in member]
        is_asked = any(_is_between(age, AGES[field.name]) for age in ages)
        return "" if is_asked else "members' answers of a household with nobody of the age"
    if field.name in AGES:
        age = int(data["roster"][around["member"]]["ind_age"])
        return "" if _is_between(age, AGES[field.name]) else "a question to members of another age"
    named = re.findall(r"selected\(\s*(?:\S*/)?(\w+)\s*,\s*['\"](\w+)['\"]\s*\)", field.relevant or "")
    given = [name for name, value in named if value in str(around.get(name, data.get(name, ""))).split()]
    if not named or any(name not in gone for name in given):
        return ""
    return f"a follow-up of {'a question that was not to be asked' if given else 'an answer that was not given'}"


def _is_between(age: int, limits: tuple[int, int]) -> bool:
    return limits[0] <= age <= limits[1]


def _question(spec: FormSpec, data: Any, place: str) -> tuple[Field, dict[str, Any], int]:
    """Return the question at a place, the object that holds its answer, and which member that is."""
    match = re.fullmatch(r"(?:(\w+)\[(\d+)\]\.)?(\w+)", place)
    assert match is not None
    outer = spec.field(match[1] or match[3])
    assert outer is not None
    if match[1] is None:
        return outer, data, -1
    return next(one for one in outer.fields if one.name == match[3]), data[match[1]][int(match[2])], int(match[2])


def _by_path(fields: tuple[Field, ...]) -> Iterator[tuple[str, Field]]:
    for field in fields:
        yield field.path, field
        yield from _by_path(field.fields)


def _place(path: str, fields: dict[str, Field]) -> str:
    """Write a path of the instance as a place in a document: `members[0].age`."""
    parts, so_far = [], ""
    for step in path.strip("/").split("/"):
        name, _, position = step.partition("[")
        so_far += f"/{name}"
        field = fields.get(so_far)
        if field is not None:
            index = f"[{int(position.rstrip(']') or 1) - 1}]" if field.type == "repeat" else ""
            parts.append(field.name + index)
    return ".".join(parts)
