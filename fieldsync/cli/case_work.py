"""`fieldsync case claim`, `unclaim` and `decide-many`: a day's work on cases."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.progress import track

from fieldsync.cases import Case
from fieldsync.cli.context import JsonOption, StoreOption, opened, read_file, say
from fieldsync.cli.language import spoken
from fieldsync.cli.noting import note_done
from fieldsync.decisions import Verdict
from fieldsync.errors import BadInput, FieldsyncError, NotFound
from fieldsync.pipeline import Pipeline
from fieldsync.services import Services

Became = tuple[str, Case | FieldsyncError]
MOST = 10_000
"""Decisions that one file may have."""


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of a file of decisions."""

    case: str
    action: str
    reason: str | None = None
    items: list[dict[str, Any]] = []
    rev: str | None = None
    value: dict[str, Any] | None = None
    saw: dict[str, str] = {}

    def verdict(self, by: str, areas: tuple[str, ...]) -> Verdict:
        """Return it as somebody's verdict."""
        return Verdict(by, areas, self.action, self.reason, self.items, self.rev, self.value, self.saw)


def register(app: typer.Typer) -> None:
    """Add the commands to the group `case`."""
    app.command("claim")(claim)
    app.command("unclaim")(unclaim)
    app.command("decide-many")(decide_many)


def claim(
    case: Annotated[str, typer.Argument(help="The case's id.")],
    by: Annotated[str, typer.Option(help="The reviewer or supervisor who takes it on.")],
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a case on: nobody else can decide it until it is given back or goes up a level.

    Example: fieldsync case claim admission:4c1d… --by wu.min
    """
    with opened(store) as services:
        claimed = Pipeline.of(services).steps.claims.claim(case, by, areas_of(services, by))
        note_done(services, "case.claim", claimed, by)
    say(as_json, msgspec.to_builtins(claimed), f"{case} is claimed by {by}, due {claimed.due}")


def unclaim(
    case: Annotated[str, typer.Argument(help="The case's id.")],
    by: Annotated[str, typer.Option(help="Who claimed it, or a supervisor of its area.")],
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a case back.

    Example: fieldsync case unclaim admission:4c1d… --by wu.min
    """
    with opened(store) as services:
        areas = areas_of(services, by)
        user, claims = services.accounts.get(by), Pipeline.of(services).steps.claims
        released = claims.release(case, by, areas, supervises=bool(user and "supervisor" in user.roles))
        note_done(services, "case.unclaim", released, by)
    say(as_json, msgspec.to_builtins(released), f"{case} is free again")


def decide_many(
    file: Annotated[Path, typer.Argument(help="A JSON object a line; - reads standard input.")],
    by: Annotated[str, typer.Option(help="The reviewer or supervisor who decides.")],
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide many cases, each by itself: one that fails keeps no other from being decided; then the status is 1.

    A line is `{"case": …, "action": …}`, with `reason`, `items`, `rev`, `value`, `saw` as a decision by HTTP has them.

    Example: fieldsync case decide-many decisions.jsonl --by wu.min
    """
    asked = list(_lines(_read(file), str(file)))
    with opened(store) as services:
        areas = areas_of(services, by)
        became = Pipeline.of(services).steps.decide_each((one.case, one.verdict(by, areas)) for one in asked)
        shown = track(became, "Deciding", len(asked), disable=as_json or not sys.stderr.isatty(), transient=True)
        results = [_result(case, end) for case, end in _noted(services, shown, by)]
    say(as_json, {"results": results}, *map(_told, results))
    if any("error" in result for result in results):
        raise typer.Exit(1)


def _noted(services: Services, became: Iterable[Became], by: str) -> Iterator[Became]:
    """Pass on what became of cases, and note each that was decided."""
    for case, end in became:
        if isinstance(end, Case):
            note_done(services, f"case.{(end.decision or {}).get('action', 'decide')}", end, by)
        yield case, end


def areas_of(services: Services, by: str) -> tuple[str, ...]:
    """Return the areas of a reviewer or supervisor. Raises NotFound."""
    user = services.accounts.get(by)
    if user is None or not {"reviewer", "supervisor"} & set(user.roles):
        raise NotFound(f"There is no reviewer or supervisor {by!r}.", zh=f"没有审核员或主管 {by}。")
    return tuple(user.areas)


def _read(file: Path) -> bytes:
    """Return a file's bytes, or those of standard input. Raises BadInput."""
    try:
        return sys.stdin.read().encode() if str(file) == "-" else read_file(file)
    except UnicodeError:
        raise BadInput("Standard input is not UTF-8.", zh="标准输入不是 UTF-8 编码。") from None


def _lines(raw: bytes, name: str) -> Iterator[Asked]:
    lines = [(number, line) for number, line in enumerate(raw.splitlines(), 1) if line.strip()]
    if not lines or len(lines) > MOST:
        raise BadInput(
            f"{name} has {len(lines)} decisions; give one to {MOST}, a JSON object a line.",
            zh=f"{name} 中有 {len(lines)} 项裁定；应为 1 至 {MOST} 项，每行一个 JSON 对象。",
        )
    for number, line in lines:
        try:
            yield msgspec.json.decode(line, type=Asked)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            example = '{"case": "admission:…", "action": "admit"}'
            raise BadInput(
                f"{name}, line {number}: {error}. A line is an object such as {example}.",
                zh=f"{name} 第 {number} 行有误。每行应为一个对象，例如 {example}。",
            ) from None


def _result(case: str, became: Case | FieldsyncError) -> dict[str, Any]:
    if isinstance(became, Case):
        return {"case": case, "state": became.state}
    return {"case": case, "error": became.code, "reason": became.sentence(spoken())}


def _told(result: dict[str, Any]) -> str:
    return f"{result['case']}  {result.get('state') or result['reason']}"


def due_words(cases: Iterable[Case], now: str) -> Iterator[str]:
    """Yield a mark for each case that is late, or went up a level for that."""
    for case in cases:
        raised = f"  raised to {case.asked_level}" if case.raised else ""
        claimed = f"  claimed by {case.claimed_by}" if case.claimed_by else ""
        yield ("  OVERDUE" if case.is_overdue(now) else "") + raised + claimed
