"""`fieldsync merge`: lines in, lines out."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from fieldsync.cli.merge import register


def nested(value: int) -> str:
    """Return the text of a value within a thousand arrays."""
    return "[" * 1010 + str(value) + "]" * 1010


LINE: dict[str, Any] = {
    "base": {"data": {"phone": "1", "visits": 2, "id_type": "1", "id_number": "51"}},
    "sides": [
        {
            "rev": "2-a",
            "data": {"phone": "2", "visits": 3, "id_type": "1", "id_number": "52"},
            "at": "2026-11-23T16:00:00+08:00",
        },
        {
            "rev": "2-b",
            "data": {"phone": "3", "visits": 4, "id_type": "2", "id_number": "51"},
            "at": "2026-11-23T07:00:00Z",
            "stamps": {"visits": "2026-11-23T06:00:00Z"},
            "authority": "supervisor",
        },
    ],
    "rules": {
        "visits": {"merge": "max"},
        "id_type": {"group": "identity", "key": True},
        "id_number": {"group": "identity", "key": True},
    },
}
ANSWER: dict[str, Any] = {
    "data": {"phone": "2", "visits": 4, "id_type": "1", "id_number": "51"},
    "deleted": False,
    "decisions": [
        {
            "fields": ["phone"],
            "strategy": "latest",
            "winner": "2-a",
            "values": [{"rev": "2-a", "value": "2"}, {"rev": "2-b", "value": "3"}],
        },
        {
            "fields": ["visits"],
            "strategy": "max",
            "winner": "2-b",
            "values": [{"rev": "2-a", "value": 3}, {"rev": "2-b", "value": 4}],
        },
    ],
    "contests": [
        {
            "fields": ["id_type", "id_number"],
            "candidates": [
                {"rev": "2-a", "value": {"id_type": "1", "id_number": "52"}},
                {"rev": "2-b", "value": {"id_type": "2", "id_number": "51"}},
            ],
        }
    ],
}
SMALL: dict[str, Any] = {"base": None, "sides": [{"rev": "1-a", "data": {"x": 1}}], "rules": {}}
DEEP = '{"base": {"data": {"a": ' + nested(0) + '}}, "sides": [{"rev": "1-a", "data": {"a": ' + nested(1) + "}}]}"


def deep(levels: int) -> dict[str, Any]:
    """Return an object of so many levels."""
    made: dict[str, Any] = {}
    for _ in range(levels - 1):
        made = {"a": made}
    return made


def run(text: str | bytes, *arguments: str) -> Any:
    """Run the command as a program of several would have it."""
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    return CliRunner().invoke(app, ["merge", *arguments], input=text)


def test_line_is_answered_in_the_shape_of_the_contract() -> None:
    """Data, deletion, decisions and contests, and nothing else."""
    result = run(json.dumps(LINE))
    assert result.exit_code == 0
    assert json.loads(result.stdout) == ANSWER


def test_each_line_has_its_answer_and_blank_lines_have_none(tmp_path: Path) -> None:
    """A file is read like standard input, with or without a byte order mark."""
    file = tmp_path / "merges.jsonl"
    file.write_text(f"\ufeff{json.dumps(LINE)}\n\n{json.dumps(SMALL)}\n", encoding="utf-8")
    lines = run("", str(file)).stdout.splitlines()
    assert [json.loads(line)["data"] for line in lines] == [ANSWER["data"], {"x": 1}]


def test_reasons_appear_where_they_were_given() -> None:
    """`missing` is merged and written out; a contested reason is an object that names it."""
    line = {
        "base": {"data": {}, "missing": {}},
        "sides": [
            {"rev": "2-a", "data": {}, "missing": {"job": "refused", "x": "unknown"}},
            {"rev": "2-b", "data": {"x": 1}},
            {"rev": "2-c", "data": {"x": 1}},
        ],
        "rules": {"x": {"key": True}},
    }
    answer = json.loads(run(json.dumps(line)).stdout)
    assert (answer["data"], answer["missing"]) == ({}, {"job": "refused"})
    assert answer["contests"][0]["candidates"][0] == {"rev": "2-a", "value": {"missing": "unknown"}}


def test_contests_of_an_answer_can_be_the_base_of_the_next_line() -> None:
    """An open contest goes on, a side that gives none closes it."""
    base = {"data": ANSWER["data"], "contests": ANSWER["contests"]}
    inherits = {"rev": "4-a", "data": ANSWER["data"]}
    closes = {"rev": "4-b", "data": {**ANSWER["data"], "id_number": "52"}, "contests": []}
    lines = [{**LINE, "base": base, "sides": [inherits]}, {**LINE, "base": base, "sides": [inherits, closes]}]
    first, second = map(json.loads, run("\n".join(map(json.dumps, lines))).stdout.splitlines())
    assert first["contests"] == ANSWER["contests"]
    assert (second["contests"], second["data"]["id_number"]) == ([], "52")


def test_an_answer_is_the_base_of_the_next_line_as_it_stands() -> None:
    """So is a side, whose author and times count for nothing; and a document may have 64 levels."""
    answer = json.loads(run(json.dumps(LINE)).stdout)
    side = {"rev": "4-a", "data": {**answer["data"], "more": deep(63)}}
    lines = [{**LINE, "base": answer, "sides": [side]}, {**LINE, "base": side, "sides": [side]}]
    first, second = map(json.loads, run("\n".join(map(json.dumps, lines))).stdout.splitlines())
    assert (first["data"], first["contests"]) == (side["data"], ANSWER["contests"])
    assert (second["data"], second["decisions"], second["contests"]) == (side["data"], [], [])


def test_edit_against_a_deletion_is_told() -> None:
    """The answer says what was kept."""
    line = {"base": {"data": {"x": 1}}, "sides": [{"rev": "2-a", "deleted": True}, {"rev": "2-b", "data": {"x": 2}}]}
    answer = json.loads(run(json.dumps(line)).stdout)
    assert (answer["deleted"], answer["data"]) == (False, {"x": 2})
    assert answer["decisions"][0]["values"] == [{"rev": "2-a", "value": None}, {"rev": "2-b", "value": {"x": 2}}]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "this is not JSON"),
        ("[]", "Expected `object`, got `array`"),
        ("{}", "missing required field `sides`"),
        ('{"sides": []}', "Expected `array` of length >= 1 - at `$.sides`"),
        ('{"sides": [{"data": {}}]}', "missing required field `rev` - at `$.sides[0]`"),
        (
            '{"sides": [{"rev": "1-a", "data": {}, "deleted": 1}]}',
            "Expected `bool`, got `int` - at `$.sides[0].deleted`",
        ),
        (
            '{"sides": [{"rev": "1-a", "data": {}}], "rules": {"a": {"merge": "newest"}}}',
            "a: there is no strategy 'newest'; use",
        ),
        (
            '{"sides": [{"rev": "1-a", "data": {}, "authority": "king"}]}',
            "there is no authority 'king'; use one of registry",
        ),
        (
            '{"sides": [{"rev": "1-a", "data": {}, "contests": [{"fields": ["a", "b"], "candidates": []}]}]}',
            "a contest is over one item, not a and b",
        ),
        (
            '{"sides": [{"rev": "1-a", "data": {}}], "base": {"data": {}, "contests":'
            ' [{"fields": ["a"], "candidates": []}, {"fields": ["a"], "candidates": []}]}}',
            "a is contested twice",
        ),
        (DEEP, "nested too deeply"),
        ("[" * 3000, "nested too deeply"),
        (json.dumps({"sides": [{"rev": "1-a", "data": deep(65)}]}), "$.sides[0].data is nested too deeply"),
        (json.dumps({**SMALL, "rulez": {}}), "Object contains unknown field `rulez`; a line is"),
        ('{"sides": [{"rev": "1-a", "date": {}}]}', "unknown field `date` - at `$.sides[0]`"),
        (
            '{"base": {"data": {"a": {"x": 1, "x": 2}}}, "sides": [{"rev": "1-a", "data": {}}]}',
            "'x' is more than once in $.base.data.a;",
        ),
        ('{"sides":[{"rev":"1-a","data":{}}],"sides":[{"rev":"1-b","data":{}}]}', "'sides' is more than once in $;"),
        ('{"sides": [{"rev": "1-a"}]}', "$.sides[0] has no data; give all answers of this version"),
        ('{"base": {}, "sides": [{"rev": "1-a", "data": {}}]}', "$.base has no data; give"),
        (
            '{"sides": [{"rev": "1-a", "data": {}, "missing": {"a": "later"}}]}',
            "'later' at $.sides[0].missing['a'] is no reason; use one of refused, unknown, not_asked",
        ),
        ('{"sides": [{"rev": "1-a", "data": {"a": 18446744073709551616}}]}', "18446744073709551616 has more digits"),
        (json.dumps({**SMALL, "rules": {"m[p].n": {"merge": "max"}}}), "m[p].n: no field or group has brackets"),
        (json.dumps({**SMALL, "rules": {"": {}}}), "a rule has no name"),
        (
            '{"sides": [{"rev": "1-a", "data": {}, "at": "yesterday"}]}',
            "'yesterday' at $.sides[0].at is no time; write it like",
        ),
        (
            '{"sides": [{"rev": "1-a", "data": {}, "stamps": {"a": "8:00"}}]}',
            "'8:00' at $.sides[0].stamps['a'] is no time",
        ),
        (
            '{"sides": [{"rev": "1-a", "data": {"a": 1}}, {"rev": "1-a", "data": {"a": 2}}]}',
            "$.sides[0] and $.sides[1] are both 1-a and differ; give each version a revision of its own",
        ),
        (
            '{"sides": [{"rev": "1-a", "data": {}, "stamps": {"m[x.b": "2026-11-23T08:00:00Z"}}],'
            ' "rules": {"m": {"merge": "roster"}}}',
            "'m[x.b' in $.sides[0] leads nowhere; write members[KEY], members[KEY].field or members[]",
        ),
        (
            '{"base": {"data": {}, "contests": [{"fields": ["m[x]b"], "candidates": []}]},'
            ' "sides": [{"rev": "1-a", "data": {}}], "rules": {"m": {"merge": "roster"}}}',
            "'m[x]b' in $.base leads nowhere",
        ),
        (
            '{"sides": [{"rev": "1-a", "data": {}, "attachments": {"p": {}}}]}',
            "missing required field `digest` in $.sides[0].attachments['p']; an attachment is",
        ),
    ],
)
def test_line_that_cannot_be_merged_stops_with_one_clear_error(line: str, message: str) -> None:
    """Lines before it are answered; it names its number and the mend, and status is 2."""
    result = run(f"{json.dumps(SMALL)}\n\n{line}\n{json.dumps(SMALL)}\n")
    assert result.exit_code == 2
    assert len(result.stdout.splitlines()) == 1
    assert result.stderr.startswith("line 3: ")
    assert message in result.stderr
    assert re.search(r"; .* / 第 3 行：.*[一-鿿]|levels / 第 3 行：嵌套太深", result.stderr)
    assert len(result.stderr.splitlines()) == 1


def test_what_is_written_rightly_is_no_fault() -> None:
    """One version twice, times with an offset or of a day, members, their order and what they have, in full."""
    stamps = {"m[Ann]": "2026-11-23", "m[Ann].j[=3f].t": "2026-11-23T08:00:00+08:00", "m[]": "2026-11-23T08:00:00.5z"}
    side = {"rev": "2-a", "data": {"m": []}, "stamps": {**stamps, "n[x": "2026-11-23T08:00:00Z"}}
    line = {"base": None, "sides": [side, side], "rules": {"m": {"merge": "roster"}}}
    assert run(json.dumps(line)).exit_code == 0


def test_file_that_is_not_there_is_an_error_of_usage(tmp_path: Path) -> None:
    """The command ends with status 2 before it reads anything."""
    result = run("", str(tmp_path / "none.jsonl"))
    assert (result.exit_code, result.stdout) == (2, "")


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "visits: 4 (2-b) counts against 3 (2-a), because it is the largest."), ("zh", "因为数值最大。")],
)
def test_merges_are_explained_in_words(language: str, words: str) -> None:
    """One sentence a merge, in Chinese or English, instead of JSON."""
    result = run(f"{json.dumps(LINE)}\n{json.dumps(SMALL)}\n", "--explain", "--lang", language)
    assert len(result.stdout.splitlines()) == 2
    assert words in result.stdout.splitlines()[0]


def test_attachments_merge_by_name_where_a_line_has_any() -> None:
    """A side without any has the base's; what a line says of a content goes through; sentences tell the rest."""
    old, new, other = {"digest": "md5-a"}, {"digest": "md5-b", "length": 3}, {"digest": "md5-c", "revpos": 2}
    line = {
        "base": {"data": {}, "attachments": {"p.jpg": old, "q": old, "r": old}},
        "sides": [
            {"rev": "2-a", "data": {}, "attachments": {"p.jpg": new, "q": old}},
            {"rev": "2-b", "data": {}, "attachments": {"p.jpg": other, "r": new}},
            {"rev": "2-c", "data": {}},
        ],
    }
    found = json.loads(run(json.dumps(line)).stdout)["attachments"]
    (beside,) = found.keys() - {"p.jpg", "q", "r"}
    assert found == {"p.jpg": other, beside: new, "r": new}
    told = run(json.dumps(line), "--explain").stdout
    assert f"Attachment p.jpg: another content of this name is kept as {beside}." in told
    assert "Attachment r was removed on one side and replaced on another; the new content stays." in told
    assert "附件 q 已移除。" in run(json.dumps(line), "--explain", "--lang", "zh").stdout


def test_help_has_an_example() -> None:
    """The example is one that runs."""
    assert "fieldsync merge merges.jsonl" in run("", "--help").stdout


def test_example_in_the_documentation_runs() -> None:
    """What docs/merging.md says of its example is what the command writes."""
    page = (Path(__file__).parents[3] / "docs" / "merging.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"```json\n(.*?)\n```", page)
    told = page.rpartition("```")[2]
    claims = re.findall(r'`("\w+": [^`]+)`', told)
    answer = json.loads(run(line).stdout)
    assert json.loads(f"{{{', '.join(claims)}}}") == answer["data"]
    assert {one["fields"][0] for one in answer["decisions"] + answer["contests"]} == set(re.findall(r"`(\w+)`", told))
    assert len(run(line, "--explain", "--lang", "zh").stdout.splitlines()) == 1
