"""`fieldsync case`: what waits for a person, listed and decided from the console."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Annotated, Any

import msgspec
import typer

from fieldsync.cases import Case
from fieldsync.cli.case_work import areas_of, due_words
from fieldsync.cli.context import JsonOption, StoreOption, opened, say
from fieldsync.cli.noting import note_done, note_listed, note_read
from fieldsync.clock import write_time
from fieldsync.decisions import ACTIONS, Verdict
from fieldsync.documents import kind_of
from fieldsync.earlier import reversals_of
from fieldsync.errors import BadInput
from fieldsync.pipeline import Pipeline
from fieldsync.telling.phrases import LANGUAGES, RULING_WORDS, word
from fieldsync.telling.reading import Reading

ACTION_NAMES = ", ".join(dict.fromkeys(action for fitting in ACTIONS.values() for action in fitting))


def register(app: typer.Typer) -> None:
    """Add the commands of the group `case`."""
    app.command("list")(list_cases)
    app.command("show")(show)
    app.command("decide")(decide)
    app.command("undo")(undo)
    app.command("revert")(revert)


def list_cases(
    store: StoreOption = None,
    state: Annotated[str, typer.Option(help="open, decided or closed.")] = "open",
    kind: Annotated[str, typer.Option(help=f"Only of a kind: {', '.join(ACTIONS)}.")] = "",
    area: Annotated[str, typer.Option(help="Only below this area.")] = "",
    overdue: Annotated[bool, typer.Option(help="Only what is late, or went up a level for that.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List cases.

    Example: fieldsync case list --kind contest --area 510107001
    """
    with opened(store) as services:
        found = Pipeline.of(services).cases.where(state=state)
        now = write_time(services.now())
        shown = [c for c in found if c.cell.startswith(area) and kind in ("", c.kind)]
        shown = [c for c in shown if not overdue or c.raised or c.is_overdue(now)]
        note_listed(services, shown, area)
    lines = [_line(case) + marks for case, marks in zip(shown, due_words(shown, now), strict=True)]
    say(as_json, {"cases": [msgspec.to_builtins(c) for c in shown]}, *lines)


def show(
    case: Annotated[str, typer.Argument(help="The case's id.")],
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell a case in words: what it is about, what each side says, what was decided. Sensitive values are covered.

    Example: fieldsync case show contest:4c1d…
    """
    with opened(store) as services:
        pipeline = Pipeline.of(services)
        found, _ = pipeline.cases.get(case)
        note_read(services, found)
        told = pipeline.teller.case(found)
        where = pipeline.cases.where
        about = where(household=found.household) if found.household else where(document=found.document or "")
        reverted = reversals_of(found, about)
        label = _labels(pipeline)
        more = [*_fault(found), *_earlier(found, label), *_taken_back(reverted, label)]
    value = {"case": found.id, "state": found.state, "due": found.due, "told": told}
    value |= {"earlier": found.earlier, "reverted": reverted}
    say(as_json, value, *(text for one in told for text in _both(one)), *more)


def decide(
    case: Annotated[str, typer.Argument(help="The case's id.")],
    action: Annotated[str, typer.Argument(help=f"One of {ACTION_NAMES}, as fits the kind of case.")],
    by: Annotated[str, typer.Option(help="The reviewer or supervisor who decides.")],
    store: StoreOption = None,
    reason: Annotated[str | None, typer.Option(help="What the collector will read.")] = None,
    rev: Annotated[str | None, typer.Option(help="The candidate to choose, in a contest.")] = None,
    value: Annotated[
        str | None, typer.Option(help="As JSON: a contest's new value, or mended answers to release.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Decide a case in the name of a reviewer or supervisor.

    Example: fieldsync case decide admission:4c1d… return --reason "The birth date is missing a digit" --by wu.min
    """
    with opened(store) as services:
        verdict = Verdict(by=by, areas=areas_of(services, by), action=action, reason=reason, rev=rev)
        verdict = replace(verdict, value=_value(value, action))
        decided = Pipeline.of(services).steps.decide(case, verdict)
        note_done(services, f"case.{action}", decided, by)
    say(as_json, msgspec.to_builtins(decided), _line(decided))


def undo(
    case: Annotated[str, typer.Argument(help="The case's id.")],
    by: Annotated[str, typer.Option(help="The reviewer or supervisor who takes the decision back.")],
    reason: Annotated[str, typer.Option(help="Why; it stays with the case.")],
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take back what was decided about a duplicate; its case is open again.

    Example: fieldsync case undo duplicate:9a2f… --reason "Her sister came to the office" --by wu.min
    """
    with opened(store) as services:
        verdict = Verdict(by=by, areas=areas_of(services, by), action="undo", reason=reason)
        undone = Pipeline.of(services).steps.undo(case, verdict)
        note_done(services, "case.undo", undone, by)
    say(as_json, msgspec.to_builtins(undone), _line(undone))


def revert(
    case: Annotated[str, typer.Argument(help="The case whose admission is taken back.")],
    by: Annotated[str, typer.Option(help="The reviewer or supervisor who takes it back.")],
    reason: Annotated[str, typer.Option(help="What the collector will read.")],
    item: Annotated[list[str] | None, typer.Option(help="Only this, as DOCUMENT#ITEM; may be given again.")] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take back what a case admitted: the registry's earlier value comes back, in the cells too.

    Example: fieldsync case revert admission:4c1d… --reason "The card shows another year" --by wu.min
    """
    named = [dict(zip(("document", "item"), one.rpartition("#")[::2], strict=True)) for one in item or ()]
    with opened(store) as services:
        verdict = Verdict(by, areas_of(services, by), "revert", reason, named)
        reversal = Pipeline.of(services).steps.revert(case, verdict)
        note_done(services, "case.revert", reversal, by)
    say(as_json, msgspec.to_builtins(reversal), _line(reversal))


def _value(given: str | None, action: str) -> dict[str, Any] | None:
    if given is None:
        return None
    try:
        if action == "release":
            return msgspec.json.decode(given, type=dict[str, Any])
        return {"value": msgspec.json.decode(given)}
    except msgspec.ValidationError:
        raise BadInput(
            '--value of a release is an object, such as {"data": {"name": "…"}}.',
            zh='放行时 --value 应为对象，例如 {"data": {"name": "…"}}。',
        ) from None
    except msgspec.DecodeError:
        raise BadInput(
            f"--value is JSON: a text stands in double quotes, such as '\"{given[:40]}\"'.",
            zh="--value 应为 JSON：文字须加双引号。",
        ) from None


def _both(told: dict[str, Any]) -> tuple[str, ...]:
    """Return what is told in both languages, once where they say the same."""
    mark = f"{told['rev']}  " if "rev" in told else ""
    return tuple(dict.fromkeys((mark + told["en"], mark + told["zh"])))


def _labels(pipeline: Pipeline) -> Callable[[str, str, str], str]:
    """Return what an item of a document is called in a language."""

    def label(document: str, item: str, language: str) -> str:
        kind = kind_of(document)
        return Reading(pipeline.kinds.merge_rules(kind), pipeline.kinds.lineage(kind)).in_sentence(item, language)

    return label


def _fault(case: Case) -> Iterator[str]:
    """Yield what was found wrong with a case of a lot, in both languages."""
    if case.kind == "admission" and case.reason:
        yield f"Found wrong in a lot: {case.reason}"
        yield f"抽样时发现有误：{case.reason}"


def _earlier(case: Case, label: Callable[[str, str, str], str]) -> Iterator[str]:
    """Yield what was decided before about items that wait again, in both languages."""
    for one in case.earlier:
        document = one.get("document") or case.document or ""
        ruling = [word(RULING_WORDS, one["action"], language) for language in LANGUAGES]
        reason = [f" ({one['reason']})", f"（{one['reason']}）"] if one.get("reason") else ["", ""]
        en, zh = (label(document, one["item"], language) for language in LANGUAGES)
        yield f"Earlier: {en} {ruling[0]}{reason[0]} by {one['by']}, {one['at']}, in {one['case']}."
        yield f"此前：{zh}{ruling[1]}{reason[1]}，{one['by']}，{one['at']}，{one['case']}。"


def _taken_back(reverted: list[dict[str, Any]], label: Callable[[str, str, str], str]) -> Iterator[str]:
    """Yield whose admissions were taken back, by whom and why, in both languages."""
    for one in reverted:
        en, zh = (label(one["document"], one["item"], language) for language in LANGUAGES)
        yield f"Taken back: {en}, by {one['by']}, {one['at']} ({one['reason']}), in {one['case']}."
        yield f"已撤回：{zh}，{one['by']}，{one['at']}（{one['reason']}），{one['case']}。"


def _line(case: Case) -> str:
    about = case.household or case.document or ""
    items = f"{len(case.items)} items" if case.items else case.item or case.reason or ""
    return f"{case.id}  {case.state}  {case.cell}  {about}  {items}"
