"""The story of a document and of one edit: every side, decision, contest, ruling and admission, in both languages."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from fieldsync.revisions import server_rev

from .conftest import CELL, PERSON, STAY, Field, uid
from .test_notices import contested, named, pair

__all__ = ["named"]


def story(field_: Field, **asked: Any) -> list[dict[str, Any]]:
    """Return the steps of the person's story."""
    return field_.pipeline.teller.document(CELL, PERSON, **asked)


def told(steps: list[dict[str, Any]], kind: str, language: str = "en") -> str:
    """Return the sentences of the steps of a kind."""
    return "\n".join(step[language] for step in steps if step["step"] == kind)


def test_a_merge_is_told_with_each_side_the_rule_and_what_counts(named: Field) -> None:
    """Whose versions met, what each had taken down and when, and why one of them counts."""
    first, second = pair(named)
    first.edit(PERSON, at=named.moment - timedelta(minutes=50), phone="13812345678")
    second.edit(PERSON, at=named.moment - timedelta(minutes=20), phone="13912345678")
    named.run()
    merged = told(story(named), "server")
    assert "met, and the server brought them together." in merged
    assert "Li Na had 138… (today at 15:10)" in merged
    assert "Zhang Wei had 139… (today at 15:40)" in merged
    assert "what was taken down last counts, so it is 139…." in merged
    edits = told(story(named), "edit", "zh")
    assert "李娜今天15:10将联系电话由128…改为138…。今天16:00送达。" in edits
    assert "联系电话：采用了其他数值，以最后登记的为准。" in edits


def test_a_merge_without_contradiction_says_so(named: Field) -> None:
    """Two items of one person: nothing to decide."""
    first, second = pair(named)
    first.edit(PERSON, phone="13812345678")
    second.edit(PERSON, employer="Jinli Tea")
    assert "Nothing contradicted: every change was kept." in told(story(named), "server")


def test_a_contest_is_told_from_its_opening_to_its_end(named: Field) -> None:
    """What contradicts, who must decide, who decided what and why, and that it is in the registry."""
    chosen, _ = contested(named)
    (case,) = named.open_cases("contest")
    named.later()
    named.decide(case.id, "choose", rev=chosen, reason="As on the card")
    steps = story(named)
    assert [s["step"] for s in steps][-4:] == ["case", "decision", "outcome", "server"]
    assert "they contradict each other" in told(steps, "server")
    assert told(steps, "case") == "Contested values wait for the staff of the street: name."
    assert told(steps, "decision") == "Wu Min decided today at 16:10: the name is 王芬 (As on the card)."
    assert told(steps, "outcome") == "Admitted into the registry by Wu Min today at 16:10: name 王芬 (Li Na)."
    assert steps[-1]["en"] == "Wu Min's decision came down to the cell: the name is 王芬."
    assert all(step["zh"] and step["arrived"] for step in steps)


def test_an_edits_story_leaves_out_what_others_did(named: Field) -> None:
    """Itself, the merge and the case that it is in, and its end."""
    chosen, _ = contested(named)
    named.tablet("chen.jing").edit(PERSON, employer="Jinli Tea")
    (case,) = named.open_cases("contest")
    named.decide(case.id, "choose", rev=chosen)
    steps = named.pipeline.teller.edit(CELL, PERSON, chosen)
    assert [s.get("by") for s in steps if s["step"] == "edit"] == ["li.na"]
    assert {"server", "case", "decision", "outcome"} <= {s["step"] for s in steps}
    assert named.pipeline.teller.edit(CELL, PERSON, "9-none") == []


def test_what_was_set_aside_deleted_and_undone_is_told(named: Field) -> None:
    """A malformed version and a tombstone: what each was, and what the server made of it."""
    tablet = named.tablet("li.na")
    tablet.write(PERSON, {"kind": "person", "data": ["bad"]})
    other = named.tablet("zhang.wei")
    other.write(STAY, {}, deleted=True)
    named.run()
    assert "set aside because its answers are not in the form of a document" in told(story(named), "edit")
    assert "went back to the last good version" in told(story(named), "server")
    steps = named.pipeline.teller.document(CELL, STAY)
    assert "Zhang Wei deleted this today at 16:00." in told(steps, "edit")
    assert "The server undid a deletion" in told(steps, "server")
    assert "A deletion waits for the staff of the community" in told(steps, "case")


def test_a_new_person_and_a_visit_are_told_as_entered_and_recorded(named: Field) -> None:
    """What was there before is no part of the sentence."""
    tablet, child, visit = named.tablet("li.na"), f"person:{uid('child')}", f"visit:{uid('visit')}"
    tablet.write(child, {"kind": "person", "data": {"name": "小明", "sex": "1"}})
    tablet.write(visit, {"kind": "visit", "data": {"result": "complete"}})
    teller = named.pipeline.teller
    assert "Li Na entered a person today at 16:00: name 小明 and sex Male." in teller.document(CELL, child)[0]["en"]
    assert teller.document(CELL, visit)[0]["zh"] == "李娜今天16:00记录了一次走访。"


def test_sensitive_values_are_covered_unless_revealed(named: Field) -> None:
    """Everywhere in the story, the parts for programs among it."""
    first, second = pair(named)
    first.edit(PERSON, phone="13812345678")
    second.edit(PERSON, phone="13912345678")
    assert "13812345678" not in json.dumps(story(named))
    revealed = story(named, reveal=True)
    assert "Li Na had 13812345678" in told(revealed, "server")


def test_an_item_that_no_form_knows_is_told_by_its_name(named: Field) -> None:
    """A question of a form that is not published here, and a list of members."""
    named.tablet("li.na").edit(PERSON, spaceships=[{"name": "Ann"}], **{"members[Ann].age": 4})
    assert "the age of members Ann from nothing to 4" in told(story(named), "edit")
    assert "spaceships from nothing to 1 entry" in told(story(named), "edit")


def test_a_long_story_is_told_page_by_page(named: Field) -> None:
    """Pages follow each other without a gap, though more is written meanwhile; only what is shown is put into words."""
    path = named.tablet("li.na").heads[PERSON]
    body = named.body(PERSON)
    documents = []
    for number in range(1500):
        body = {**body, "data": {**body["data"], "employer": f"Tea house {number}"}}
        path = (server_rev(path[0], False, body), *path)
        revisions = {"start": len(path), "ids": [rev.partition("-")[2] for rev in path[:50]]}
        documents.append({**body, "_id": PERSON, "_rev": path[0], "_revisions": revisions})
    tablet = named.tablet("li.na")
    for start in range(0, len(documents), 500):
        tablet.push(*documents[start : start + 500])
    pages, after = [], ""
    while True:
        page = named.pipeline.teller.page(CELL, PERSON, after=after, limit=700)
        pages.append(page.steps)
        if page.next is None:
            break
        after = page.next
    assert [len(steps) for steps in pages] == [700, 700, 101]
    assert len({step["rev"] for steps in pages for step in steps}) == 1501
