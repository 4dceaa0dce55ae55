"""The sample district's forms: clean, complete, and exactly what the script writes."""

import csv
from datetime import date
from importlib import resources

import pytest

from fieldsync.sample.forms.codes import IDENTITY_DOCUMENT, MARITAL_STATUS, SEX
from fieldsync.sample.forms.ethnic_groups import ETHNIC_GROUP
from fieldsync.sample.forms.kinship import RELATION
from fieldsync.sample.forms.schooling import EDUCATION
from fieldsync.sample.forms.sheet import CodeList
from fieldsync.sample.make_forms import make_forms
from forms_spec.items import admission
from forms_spec.spec import FormSpec
from forms_spec.validate import Validator
from forms_spec.xlsform import read_form

SHIPPED = resources.files("fieldsync.sample") / "wuhou"
FORMS = make_forms()
KINDS = ["building", "dwelling", "event", "health", "household", "person", "stay", "visit"]


def shipped(kind: str) -> FormSpec:
    checked = read_form((SHIPPED / "forms" / f"{kind}.xlsx").read_bytes(), f"{kind}.xlsx")
    assert checked.spec is not None
    assert (checked.errors, checked.warnings) == ((), ())
    return checked.spec


SPECS = {kind: shipped(kind) for kind in KINDS}


def test_the_shipped_forms_are_what_the_script_writes() -> None:
    """Running the script again changes no byte."""
    assert {f"{kind}.xlsx": (SHIPPED / "forms" / f"{kind}.xlsx").read_bytes() for kind in KINDS} == FORMS


@pytest.mark.parametrize("kind", KINDS)
def test_a_form_is_complete_in_both_languages(kind: str) -> None:
    """Titles, labels, choices and messages are there in Chinese and English."""
    spec = SPECS[kind]
    texts = [spec.title, *(field.labels for field in spec.fields)]
    texts += [choice.labels for choices in spec.choices.values() for choice in choices]
    texts += [field.constraint_messages for field in spec.fields if field.constraint]
    assert (spec.id, spec.version, spec.languages) == (kind, "2026-11-01", ("zh", "en"))
    assert all(text.get("zh") and text.get("en") for text in texts)


def test_marks_of_the_person_form() -> None:
    """Key items are reviewed and admitted by staff, the identity even at first; phones are masked."""
    spec = SPECS["person"]
    rules = spec.merge_rules()
    keys = {name for name, rule in rules.items() if rule.get("key")}
    assert keys == {"name", "sex", "birth_date", "id_type", "id_number", "death_date"}
    assert {name: rules[name].get("merge") for name in ("name", "phone", "languages", "note", "education")} == {
        "name": "review",
        "phone": "latest",
        "languages": "union",
        "note": "append",
        "education": None,
    }
    assert [rules[name]["group"] for name in ("id_type", "id_number")] == ["identity", "identity"]
    admissions = {item: admission(spec, item) for item in ("name", "identity", "education")}
    assert {item: (found.admit, found.admit_first) for item, found in admissions.items()} == {
        "name": ("street", "auto"),
        "identity": ("community", "community"),
        "education": ("auto", "auto"),
    }
    assert {"phone", "id_number"} <= spec.sensitive_fields()
    assert spec.server_owned() == {"registry_status"}


@pytest.mark.parametrize(
    ("codes", "count"),
    [(SEX, 4), (MARITAL_STATUS, 8), (ETHNIC_GROUP, 58), (EDUCATION, 40), (RELATION, 84), (IDENTITY_DOCUMENT, 8)],
)
def test_code_lists_are_complete_and_without_repetition(codes: CodeList, count: int) -> None:
    """Each code and each name stands once, and the list names its standard."""
    for column in zip(*codes.codes, strict=True):
        assert len(set(column)) == len(codes.codes) == count
    assert codes.standard.startswith("G")


def test_the_ethnic_groups_are_the_fifty_six() -> None:
    """Codes 01 to 56 without a hole, and the two beside them."""
    values = [code[0] for code in ETHNIC_GROUP.codes]
    assert values == [f"{number:02d}" for number in range(1, 57)] + ["97", "98"]


@pytest.mark.parametrize("kind", ["building", "dwelling", "household", "person", "stay"])
def test_the_sample_registry_keeps_the_rules_of_the_forms(kind: str) -> None:
    """Not one row of the registry that the sample hands over has a finding."""
    validator = Validator(SPECS[kind])
    references = {field.name: field.ref for field in SPECS[kind].fields if field.ref}
    content = (SHIPPED / "registry" / f"{kind}s.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(content.splitlines()))
    assert rows
    for row in rows:
        data = {name: cell for name, cell in row.items() if cell and name not in ("id", "cell")}
        data |= {name: f"{ref}:{data[name]}" for name, ref in references.items() if name in data}
        assert validator.findings(data, {}, "2026-11-23") == []


def test_a_stay_ends_after_it_began() -> None:
    """The constraint across two dates speaks Chinese and English."""
    data = {"person": "person:1", "household": "household:1", "kind": "usual", "since": "2026-05-01"}
    validator = Validator(SPECS["stay"])
    assert validator.findings(data | {"until": "2026-05-01"}, {}, "2026-11-23") == []
    (finding,) = validator.findings(data | {"until": "2026-04-30"}, {}, "2026-11-23")
    assert (finding.field, finding.code) == ("until", "constraint")
    assert finding.message == {"en": "Not before the stay began.", "zh": "不得早于开始日期。"}


def test_an_identity_card_number_has_its_form() -> None:
    """The rule holds for identity cards only; without a document no number is asked."""
    base = {"name": "王芳", "sex": "2", "birth_date": "1990-01-01"}
    validator = Validator(SPECS["person"])

    def codes(**data: str) -> list[tuple[str, str]]:
        return [
            (found.field, found.code) for found in validator.findings(base | data, {}, date(2026, 11, 23).isoformat())
        ]

    assert codes(id_type="111", id_number="99999919900101001X") == []
    assert codes(id_type="111", id_number="9999991990") == [("id_number", "constraint")]
    assert codes(id_type="414", id_number="E12345678") == []
    assert codes(id_type="111") == [("id_number", "required")]
    assert codes() == []


def test_what_somebody_agrees_to_is_one_item_with_who_said_so() -> None:
    """Consent, its giver and its day stand or fall together, and so do a permit and its dates."""
    items = {item: [field.name for field in fields] for item, fields in SPECS["person"].items().items()}
    assert items["consent"] == ["consent", "consent_by", "consent_date"]
    assert items["permit"] == ["residence_permit", "permit_issued", "permit_valid_until"]
    assert items["emergency_contact"] == ["emergency_name", "emergency_phone"]


@pytest.mark.parametrize(
    ("kind", "data", "found"),
    [
        ("person", {"registration": "elsewhere"}, {("registration_place", "required")}),
        ("person", {"registration": "here", "residence_permit": "A1"}, {("residence_permit", "irrelevant")}),
        (
            "person",
            {"residence_permit": "A1", "permit_issued": "2026-05-01", "permit_valid_until": "2026-04-30"},
            {("permit_valid_until", "constraint")},
        ),
        ("person", {"schooling_status": "graduated", "school": "川大附小"}, {("school", "irrelevant")}),
        ("person", {"work_status": "retired", "employer": "锦里文创公司"}, {("employer", "irrelevant")}),
        ("person", {"employer": "锦里文创公司"}, set()),
        ("person", {"consent": "yes"}, {("consent_by", "required"), ("consent_date", "required")}),
        ("person", {"emergency_name": "王芳"}, {("emergency_phone", "required")}),
        ("person", {"father": "household:1"}, {("father", "type")}),
        (
            "stay",
            {"since": "2026-05-01", "came_from": "重庆市", "in_city_since": "2026-06-01"},
            {("in_city_since", "constraint")},
        ),
        ("stay", {"kind": "usual", "registered": "registered"}, {("registered", "irrelevant")}),
        ("stay", {"reason": "other"}, {("reason_said", "required")}),
        ("dwelling", {"tenure": "owned", "landlord_name": "李"}, {("landlord_name", "irrelevant")}),
        ("household", {"reachable": ["evening", "weekend"]}, set()),
    ],
)
def test_rules_of_migration_permits_schooling_work_and_consent(
    kind: str, data: dict[str, object], found: set[tuple[str, str]]
) -> None:
    """Each rule finds what it is for, and nothing else."""
    base: dict[str, dict[str, object]] = {
        "person": {"name": "王芳", "sex": "2", "birth_date": "1990-01-01"},
        "stay": {"person": "person:1", "household": "household:1", "kind": "usual"},
        "dwelling": {"building": "building:1", "room": "1", "use": "residential", "occupancy": "occupied"},
        "household": {"dwelling": "dwelling:1", "type": "family"},
    }
    findings = Validator(SPECS[kind]).findings(base[kind] | data, {}, "2026-11-23")
    assert {(finding.field, finding.code) for finding in findings} == found
