"""The page about forms says what is so."""

from pathlib import Path

import pytest

from forms_spec import bounds, expressions
from forms_spec.columns import COLUMNS
from forms_spec.spec import ADMIT_LEVELS, STRATEGIES
from forms_spec.validate import validate
from forms_spec.xlsform import read_form
from forms_spec.xpath import run, tokens
from forms_spec.xpath.functions import FUNCTIONS
from forms_spec.xpath.special import SPECIAL

PAGE = (Path(__file__).parents[3] / "docs" / "forms.md").read_text(encoding="utf-8")
EXAMPLE = PAGE.split("```markdown\n")[1].split("```")[0]


def test_the_example_checks_clean_and_validates() -> None:
    """A reader who copies it gets a form that works."""
    checked = read_form(EXAMPLE.encode(), "resident.md")
    assert (checked.errors, checked.warnings) == ((), ())
    assert checked.spec is not None
    assert checked.spec.title == {"en": "Resident", "zh": "居民"}
    data = {"name": "王芳", "sex": "2", "household": "household:1", "id_type": "111", "id_number": "12"}
    findings = validate(checked.spec, data, {}, "2026-11-23")
    assert [finding.message["zh"] for finding in findings] == ["17 位数字加校验码。"]


def test_the_sealed_example_checks_clean() -> None:
    """A reader who copies it gets a sealed form that can be published."""
    example = PAGE.split("```markdown\n")[2].split("```")[0]
    checked = read_form(example.encode(), "health.md")
    assert (checked.errors, checked.warnings) == ((), ())
    assert checked.spec is not None
    assert checked.spec.sealed


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_is_described_and_shown(column: str) -> None:
    """Each of our columns has a row in the table and a place in the example."""
    assert f"| `bind::fs:{column}` |" in PAGE
    assert f"| bind::fs:{column} |" in EXAMPLE


@pytest.mark.parametrize("function", [*FUNCTIONS, *SPECIAL])
def test_every_function_is_listed(function: str) -> None:
    """What is supported is said."""
    assert f"`{function}(" in PAGE


@pytest.mark.parametrize("word", [*STRATEGIES, *ADMIT_LEVELS])
def test_every_value_is_listed(word: str) -> None:
    """What a column may say is said."""
    assert f"`{word}`" in PAGE


def test_the_limits_are_those_in_force() -> None:
    """The figures of the page are the constants."""
    limits = bounds.Limits()
    figures = [
        f"{limits.file_size >> 20} MiB",
        f"{limits.unpacked_size >> 20} MiB",
        f"{limits.parts:,} parts",
        f"{limits.rows:,} rows",
        f"{limits.columns} columns",
        f"{tokens.MAX_LENGTH:,} characters",
        f"{expressions.MAX_NODES:,} parts",
        f"{expressions.MAX_DEPTH} nested",
        f"{run.MAX_STEPS:,} nodes",
        f"{run.MAX_TEXT:,} characters",
    ]
    assert [figure for figure in figures if figure not in PAGE.replace("\n", " ")] == []
