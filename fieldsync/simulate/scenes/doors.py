"""What one finds at a door: nobody, an empty flat, a refusal, a household where nothing has changed."""

from __future__ import annotations

from collections.abc import Iterator

from fieldsync.simulate.homes import submit, visit, visit_dwelling
from fieldsync.simulate.stage import Phase, Scene, Stage
from fieldsync.simulate.texts import Text


def nobody(stage: Stage) -> Iterator[Phase]:
    """Nobody opens; the household stays in progress, and there is nothing to say about it."""
    tablet, home = stage.alone("zhang.min")
    visit(tablet, home, "no_contact")
    yield Phase.CLOSING
    stage.check("nothing is said of a household that was not met", not tablet.has(f"state:{home.household}"))


def vacant(stage: Stage) -> Iterator[Phase]:
    """The dwelling is empty; it is closed for this round without an interview."""
    tablet = stage.tablets["liu.yang"]
    dwelling = stage.claim_dwelling(tablet, tablet.cells[0], "vacant")
    visit_dwelling(tablet, tablet.cells[0], dwelling, "vacant")
    yield Phase.CLOSING
    _check_state(stage, tablet.user, dwelling, "closed_vacant")


def refusal(stage: Stage) -> Iterator[Phase]:
    """The household refuses; that is its right, and it is written down."""
    tablet, home = stage.alone("chen.jing")
    visit(tablet, home, "refused", note="不愿接受访问")
    yield Phase.CLOSING
    _check_state(stage, tablet.user, home.household, "closed_refused")


def nothing_changed(stage: Stage) -> Iterator[Phase]:
    """Everything is as it was; the submission confirms every record of the household."""
    tablet, home = stage.alone("yang.bo", members=2)
    visit(tablet, home, "complete")
    submission = submit(tablet, home)
    yield Phase.CLOSING
    for document in home.documents:
        confirmed = stage.reviewer.record(document).get("confirmed") or {}
        stage.check(f"{document} is confirmed", confirmed.get("submission") == submission, str(confirmed))


def unfinished(stage: Stage) -> Iterator[Phase]:
    """A visit is broken off: what was written waits for the submission and does not enter the registry."""
    tablet, home = stage.alone("huang.lei")
    before = stage.reviewer.record(home.household)["items"].get("size_stated", {}).get("value")
    visit(tablet, home, "partial")
    tablet.edit(home.household, {"size_stated": 9})
    yield Phase.CLOSING
    now = stage.reviewer.record(home.household)["items"].get("size_stated", {}).get("value")
    stage.check("what was not submitted is not in the registry", now == before, str(now))


def _check_state(stage: Stage, user: str, unit: str, status: str) -> None:
    tablet = stage.tablets[user]
    state = f"state:{unit}"
    found = tablet.shown(state).data.get("status") if tablet.has(state) else None
    stage.check(f"{unit} is {status}", found == status, str(found))


DOORS = (
    Scene(Text("Nobody at home", "无人应答"), nobody),
    Scene(Text("A vacant dwelling", "空置住房"), vacant),
    Scene(Text("A refusal", "拒访"), refusal),
    Scene(Text("Nothing changed", "一切未变"), nothing_changed),
    Scene(Text("A visit broken off", "走访中断"), unfinished),
)
