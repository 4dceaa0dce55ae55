"""What a collector hears of his changes: one notice a household, while there is something to say."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest

from fieldsync.accounts import Role, User
from fieldsync.documents import DocId, data_of, decode_body
from fieldsync.revisions import server_rev

from .conftest import BUILDING, CELL, DWELLING, HOUSEHOLD, PERSON, STAY, Field, Tablet, uid

NAMES = {"li.na": ("李娜", "Li Na"), "zhang.wei": ("张伟", "Zhang Wei"), "wu.min": ("吴敏", "Wu Min")}


@pytest.fixture
def named(field_: Field) -> Field:
    """The household, with the collectors and the reviewer known by their names."""
    for user, (zh, en) in NAMES.items():
        role = Role.REVIEWER if user == "wu.min" else Role.COLLECTOR
        field_.services.accounts.create(User(name=user, display={"zh": zh, "en": en}, roles=(role,)), "a quiet river")
    return field_


def pair(field_: Field) -> tuple[Tablet, Tablet]:
    """Return the tablets of two collectors who have the same version."""
    return field_.tablet("li.na"), field_.tablet("zhang.wei")


def notices(field_: Field, who: str) -> list[dict[str, Any]]:
    """Return the notices for a collector in the cell that tell of changes."""
    found = [data_of(decode_body(r.body)) for r in field_.cell.documents("notice:", "notice;")]
    return [notice for notice in found if notice["for"] == who and "messages" in notice]


def heard(field_: Field, who: str) -> list[tuple[str, str, str]]:
    """Return what a collector hears: the outcome, in English and in Chinese."""
    messages = [m for notice in notices(field_, who) for m in notice["messages"]]
    return [(m["outcome"], m["text"]["en"], m["text"]["zh"]) for m in messages]


def test_a_number_replaced_by_a_later_one_is_told_to_whoever_took_it_down(named: Field) -> None:
    """With the item's label, both numbers covered, who and when; the other collector hears nothing."""
    first, second = pair(named)
    early, late = named.moment - timedelta(minutes=50), named.moment - timedelta(minutes=20)
    second.edit(PERSON, at=late, phone="13912345678")
    first.edit(PERSON, at=early, phone="13812345678")
    named.run()
    assert heard(named, "li.na") == [
        (
            "latest",
            "The phone you took down for 王芳 on 23 November (138…) was replaced by the one that Zhang Wei took down"
            " later that day (139…).",
            "您11月23日为王芳填写的联系电话（138…）已被张伟当天稍后登记的（139…）取代。",
        )
    ]
    assert heard(named, "zhang.wei") == []


def test_a_change_on_top_of_anothers_is_told_like_a_later_one(named: Field) -> None:
    """The second collector had seen the first one's number and wrote another the next day."""
    first, second = pair(named)
    first.edit(PERSON, phone="13812345678")
    named.later(24 * 60)
    second.pull(PERSON)
    second.edit(PERSON, phone="13912345678")
    named.run()
    ((outcome, english, _),) = heard(named, "li.na")
    assert (outcome, "took down the next day (139…)" in english) == ("latest", True)


def test_what_a_collector_replaced_himself_is_not_told(named: Field) -> None:
    """Two numbers in a row, on one tablet or on two of his: he knows."""
    first = named.tablet("li.na")
    first.edit(PERSON, phone="13812345678")
    first.edit(PERSON, phone="13912345678")
    named.run()
    assert notices(named, "li.na") == []


def test_what_agrees_and_what_goes_in_by_itself_is_not_told(named: Field) -> None:
    """The same number from two collectors, submitted and admitted by rule: nobody need hear of it."""
    first, second = pair(named)
    first.edit(PERSON, phone="13812345678")
    second.edit(PERSON, phone="13812345678", employer="Jinli Tea")
    named.submit(first)
    named.run()
    assert set(named.outcomes(PERSON).values()) == {"admitted", "agreed"}
    assert heard(named, "li.na") == heard(named, "zhang.wei") == []


def contested(named: Field) -> tuple[str, str]:
    """Let two collectors give two names; returns their revisions."""
    first, second = pair(named)
    revs = first.edit(PERSON, name="王芬"), second.edit(PERSON, name="汪芳")
    named.run()
    return revs


def test_a_contest_is_told_to_both_with_what_waits_for_whom(named: Field) -> None:
    """Each reads his own value, the other's, and whose staff will decide."""
    contested(named)
    ((outcome, english, chinese),) = heard(named, "li.na")
    assert outcome == "contested"
    assert english == (
        "The name you took down for 王芳 on 23 November (王芬) differs from that of Zhang Wei (汪芳)."
        " No rule may choose here: the staff of the street will decide."
    )
    assert chinese.endswith("与张伟登记的（汪芳）不一致，不得按规则取舍，将由街道工作人员裁定。")
    assert heard(named, "zhang.wei")[0][0] == "contested"
    state = named.data(f"state:{HOUSEHOLD}")["text"]["en"]
    assert state.startswith("In progress. Name of 王芳: ")
    assert {"王芬 (Li Na)", "汪芳 (Zhang Wei)"} <= set(state.partition(": ")[2].partition(";")[0].split(", "))


def test_a_decided_contest_is_told_to_both(named: Field) -> None:
    """Whose value was chosen hears so, and the other what was chosen instead, by whom and why."""
    chosen, _ = contested(named)
    (case,) = named.open_cases("contest")
    named.decide(case.id, "choose", rev=chosen, reason="As on the identity card")
    ((outcome, english, _),) = heard(named, "li.na")
    assert outcome == "chosen"
    assert english.endswith(" counts: Wu Min decided so. The reason: As on the identity card.")
    ((outcome, english, chinese),) = heard(named, "zhang.wei")
    assert outcome == "not_chosen"
    assert "(汪芳) does not count: Wu Min decided for 王芬, as Li Na took it down." in english
    assert chinese.endswith("未采用：吴敏裁定为王芬（李娜登记）。理由：As on the identity card。")


@pytest.mark.parametrize(("action", "words"), [("admit", "Wu Min admitted it"), ("return", "came back from Wu Min")])
def test_a_decision_about_a_submission_is_told(named: Field, action: str, words: str) -> None:
    """Admitted, or returned with the reason."""
    tablet = named.tablet("li.na")
    tablet.edit(PERSON, birth_date="1918-02-03")
    named.submit(tablet)
    named.run()
    (case,) = named.open_cases("admission")
    named.decide(case.id, action, reason="A digit is wrong")
    ((_, english, chinese),) = heard(named, "li.na")
    assert words in english
    assert "吴敏" in chinese
    assert "A digit is wrong" in english


def test_a_refusal_tells_the_registrys_value(named: Field) -> None:
    """The collector reads why, and what stands on the tablets now."""
    tablet = named.tablet("li.na")
    tablet.edit(PERSON, birth_date="1918-02-03")
    named.submit(tablet)
    named.run()
    (case,) = named.open_cases("admission")
    named.decide(case.id, "refuse", reason="The register says otherwise")
    ((outcome, english, _),) = heard(named, "li.na")
    assert outcome == "refused"
    assert "refused by Wu Min: The register says otherwise. The registry's value (1980-02-03) is back" in english


def test_what_was_mended_since_is_no_news(named: Field) -> None:
    """A returned value that the collector has put right is not held up to him again."""
    tablet = named.tablet("li.na")
    tablet.edit(PERSON, birth_date="1918-02-03")
    named.submit(tablet)
    named.run()
    (case,) = named.open_cases("admission")
    named.decide(case.id, "return", reason="A digit is wrong")
    assert len(heard(named, "li.na")) == 1
    tablet.pull(PERSON)
    tablet.edit(PERSON, birth_date="1981-02-03")
    named.run()
    assert notices(named, "li.na") == []


def test_a_combined_value_is_told_where_it_is_not_what_was_entered(named: Field) -> None:
    """Both hear which languages the household speaks now, by the choices' labels."""
    first, second = pair(named)
    first.edit(HOUSEHOLD, languages="zh en")
    second.edit(HOUSEHOLD, languages="zh bo")
    named.run()
    ((outcome, english, chinese),) = heard(named, "li.na")
    assert outcome == "combined"
    assert "was put together with what Zhang Wei took down" in english
    assert "已与张伟登记的内容合并" in chinese
    assert heard(named, "zhang.wei")[0][0] == "combined"


def test_a_deletion_against_an_edit_is_told_to_who_deleted(named: Field) -> None:
    """That the stay is back, who had changed it, and who will look at it; then what was decided."""
    first, second = pair(named)
    first.write(STAY, {}, deleted=True)
    second.edit(STAY, until="2026-11-20")
    named.run()
    ((outcome, english, _),) = heard(named, "li.na")
    assert outcome == "deletion"
    assert "the stay of 王芳" in english
    assert "since Zhang Wei had changed it" in english
    assert english.endswith("The staff of the community will look at it.")
    (case,) = named.open_cases("deletion")
    named.decide(case.id, "refuse", reason="She still lives there")
    assert [outcome for outcome, *_ in heard(named, "li.na")] == ["not_deleted"]
    assert heard(named, "zhang.wei") == []


def test_a_value_that_opens_a_contest_again_is_told_as_contested(named: Field) -> None:
    """Against what staff had decided, which its collector had not seen; the decision stays told to the others."""
    third = named.tablet("chen.jing")
    chosen, _ = contested(named)
    (case,) = named.open_cases("contest")
    named.decide(case.id, "choose", rev=chosen)
    named.later()
    third.edit(PERSON, name="汪芳")
    named.run()
    assert [outcome for outcome, *_ in heard(named, "chen.jing")] == ["contested"]
    assert [outcome for outcome, *_ in heard(named, "li.na")] == ["chosen"]


def photo(tablet: Tablet, content: bytes) -> None:
    """Let a tablet attach a picture of a fixed name to the person."""
    seen = tablet.field.body(PERSON, tablet.heads[PERSON][0])
    stub = {"content_type": "image/jpeg", "data": base64.b64encode(content).decode()}
    body = {"kind": "person", "data": seen["data"], "meta": {"at": tablet.field.moment.isoformat(), "by": tablet.user}}
    path = (server_rev(tablet.heads[PERSON][0], False, body), *tablet.heads[PERSON])
    revisions = {"start": len(path), "ids": [rev.partition("-")[2] for rev in path]}
    document = {"_id": PERSON, "_rev": path[0], "_revisions": revisions}
    tablet.push({**document, "_attachments": {"front.jpg": stub}, **body})


def test_two_pictures_of_one_name_are_told_to_both(named: Field) -> None:
    """Each reads under which name his own is kept."""
    first, second = pair(named)
    photo(first, b"a picture")
    photo(second, b"another picture")
    named.run()
    kept = set(named.body(PERSON)["_attachments"])
    assert len(kept) == 2
    told = [heard(named, who) for who in ("li.na", "zhang.wei")]
    assert [[outcome for outcome, *_ in one] for one in told] == [["photo"], ["photo"]]
    assert all(name in one[0][1] for one in told for name in kept)


def test_a_household_has_one_notice_for_each_collector(named: Field) -> None:
    """What there is to tell of a person, a stay and the household stands in one document, in order."""
    first, second = pair(named)
    for document, item in ((PERSON, "employer"), (STAY, "came_from"), (HOUSEHOLD, "contact_name")):
        first.edit(document, at=named.moment - timedelta(minutes=9), **{item: "Chengdu"})
        second.edit(document, **{item: "Mianyang"})
        named.later()
    named.run()
    (notice,) = notices(named, "li.na")
    assert notice["household"] == HOUSEHOLD
    assert len(notice["messages"]) == 3
    assert notice["text"]["en"] == " ".join(m["text"]["en"] for m in notice["messages"])


def test_a_building_is_told_of_by_itself(named: Field) -> None:
    """Whoever stands in a hundred households hears of the building once."""
    first, second = pair(named)
    first.edit(BUILDING, at=named.moment - timedelta(minutes=9), name="Jinli 3A")
    second.edit(BUILDING, name="Jinli 3B")
    named.run()
    (notice,) = notices(named, "li.na")
    assert notice["building"] == BUILDING


def test_a_dwelling_of_two_households_is_told_of_once(named: Field) -> None:
    """Each of the households has the dwelling; its news stands with one of them."""
    first, second = pair(named)
    other = f"household:{uid('other')}"
    first.write(other, {"kind": "household", "data": {"dwelling": DWELLING, "type": "family"}})
    first.edit(DWELLING, at=named.moment - timedelta(minutes=9), room="302")
    second.edit(DWELLING, room="303")
    named.run()
    (notice,) = notices(named, "li.na")
    assert notice["household"] == min(other, HOUSEHOLD)


def test_running_the_steps_again_writes_no_notice_anew(named: Field) -> None:
    """A notice is rewritten only when it differs."""
    contested(named)
    before = [r.rev for r in named.cell.documents("notice:", "notice;")]
    named.later()
    named.pipeline.steps.run(CELL, [DocId(PERSON), DocId(HOUSEHOLD)])
    assert [r.rev for r in named.cell.documents("notice:", "notice;")] == before


def test_news_expire(named: Field) -> None:
    """After a fortnight the notice is gone, from the cell and from what a tablet is told."""
    contested(named)
    (notice,) = notices(named, "li.na")
    assert notice["expires"] == "2026-12-07T08:00:00.000Z"
    named.later(14 * 24 * 60)
    assert named.pipeline.messages.notices("tablet:li.na", "li.na", [CELL]) == []
    named.pipeline.steps.withdraw_expired()
    assert notices(named, "li.na") == []


def test_a_draining_tablet_is_told_what_it_cannot_pull(named: Field) -> None:
    """`/me` has the notices of a cell that was handed over."""
    contested(named)
    (told,) = named.pipeline.messages.notices("tablet:li.na", "li.na", [CELL])
    assert told["messages"][0]["outcome"] == "contested"
    assert named.pipeline.messages.notices("tablet:li.na", "li.na", []) == []


def test_what_was_set_aside_says_of_whom_why_and_what_to_do(named: Field) -> None:
    """The quarantined edit is named by the person it is about, not by an identifier."""
    named.tablet("li.na").write(PERSON, {"kind": "person", "data": ["not", "an", "object"]})
    (told,) = named.pipeline.messages.notices("tablet:li.na", "li.na", [CELL])
    assert told["text"]["en"] == (
        "What you sent on 23 November about 王芳 was set aside because its answers are not in the form of a document."
        " It is kept, for staff to see. The tablet shows the version before: please open it again and enter what is"
        " missing."
    )
    assert "您11月23日提交的关于王芳的内容已另行保存" in told["text"]["zh"]
