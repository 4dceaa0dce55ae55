"""`fieldsync lot`: many cases accepted or rejected by a random sample of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Annotated, Any

import msgspec
import typer

from fieldsync.cli.case_work import areas_of
from fieldsync.cli.context import JsonOption, StoreOption, opened, say
from fieldsync.cli.noting import note_for, note_read
from fieldsync.errors import BadInput
from fieldsync.lots import Judgement, Lot
from fieldsync.pipeline import Pipeline

_FEW = 3
LotArgument = Annotated[str, typer.Argument(help="The lot's id.")]


def register(app: typer.Typer) -> None:
    """Add the commands of the group `lot`."""
    app.command("draw")(draw)
    app.command("list")(list_lots)
    app.command("show")(show)
    app.command("decide")(decide)


def draw(
    area: Annotated[str, typer.Option(help="The area whose cases are asked for.")],
    round_: Annotated[str, typer.Option("--round", help="Their round.")],
    by: Annotated[str, typer.Option(help="The reviewer or supervisor who looks at the sample.")],
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a lot of the cases that have first values only and no finding, and draw its sample.

    Example: fieldsync lot draw --area 510107001 --round 2026-autumn --by wu.min
    """
    with opened(store) as services:
        areas = areas_of(services, by)
        lot = Pipeline.of(services).steps.lots.draw(area, round_, by, areas)
        note_for(services, by, "lot.draw", lot.id)
    say(as_json, _told(lot), _line(lot), *lot.sample)


def list_lots(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """List lots.

    Example: fieldsync lot list
    """
    with opened(store) as services:
        lots = list(Pipeline.of(services).steps.lots.all())
    say(as_json, {"lots": [_told(lot) for lot in lots]}, *(map(_line, lots) if lots else ["No lots."]))


def show(lot: LotArgument, store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Tell the plan of a lot, how often one with faults would pass, and its sample in words.

    Example: fieldsync lot show 0f7c…
    """
    with opened(store) as services:
        pipeline = Pipeline.of(services)
        found = pipeline.steps.lots.need(lot)
        cases = [pipeline.cases.get(case)[0] for case in found.sample]
        for case in cases:
            note_read(services, case)
        told = {case.id: pipeline.teller.case(case) for case in cases}
    risks = ", ".join(f"{share} faulty: {chance:.0%}" for share, chance in found.plan.risks().items())
    lines = [text for case, steps in told.items() for text in (case, *(f"  {s['en']}  {s['zh']}" for s in steps))]
    say(as_json, _told(found) | {"told": told}, _line(found), f"would be accepted, if {risks}", *lines)


def decide(
    lot: LotArgument,
    action: Annotated[str, typer.Argument(help="accept or reject.")],
    by: Annotated[str, typer.Option(help="Who drew it.")],
    fault: Annotated[list[str] | None, typer.Option(help="A faulty case of the sample, as CASE=WHAT IS WRONG.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why it is rejected, where the sample does not say so.")] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Accept a lot, having looked at its whole sample, or reject it; --fault names what is wrong.

    Example: fieldsync lot decide 0f7c… accept --by wu.min
    """
    if action not in ("accept", "reject"):
        raise BadInput(
            f"{action!r} is not accept or reject.", zh=f"{action} 应为 accept（通过）或 reject（不予通过）。"
        )
    faults = dict(_fault(one) for one in fault or ())
    with opened(store) as services:
        pipeline, areas = Pipeline.of(services), areas_of(services, by)
        steps = pipeline.steps
        looked_at = dict.fromkeys(steps.lots.need(lot).sample) | faults
        judged = Judgement(by, areas, "accept" if action == "accept" else "reject", looked_at, reason)
        decided = steps.decide_lot(lot, judged)
        members = pipeline.cases.named(list(decided.members)).values()
        note_for(services, by, f"lot.{action}", lot, [name for case in members for name in case.about])
    say(as_json, _told(decided), _line(decided), *_left_out(decided))


def _left_out(lot: Lot) -> Iterator[str]:
    """Yield why cases were left out: those for which one reason holds for all together, the others by name."""
    for why, cases in groupby(sorted(lot.left_out, key=lot.left_out.__getitem__), lot.left_out.__getitem__):
        named = list(cases)
        yield f"{len(named)} left out: {why}" + (f" ({', '.join(named)})" if len(named) <= _FEW else "")


def _fault(given: str) -> tuple[str, str]:
    case, _, what = given.partition("=")
    if not what.strip():
        raise BadInput(
            f"--fault {given!r} does not say what is wrong: give it as CASE=WHAT IS WRONG.",
            zh=f"--fault {given} 没有说明错误：应写作 事项=错误。",
        )
    return case, what.strip()


def _told(lot: Lot) -> dict[str, Any]:
    plan = {**msgspec.to_builtins(lot.plan), "would_pass": lot.plan.risks()}
    told: dict[str, Any] = msgspec.to_builtins(lot)
    return told | {"plan": plan, "sample": lot.sample}


def _line(lot: Lot) -> str:
    plan = lot.plan
    came = f", {len(lot.admitted)} admitted, {len(lot.left_out)} left out" if lot.decision else ""
    sample = f"{plan.looked_at} of {plan.size} cases to look at, {plan.may_be_faulty} may be faulty"
    return f"{lot.id}  {lot.state}  {lot.area}  {lot.round}  {sample}{came}"
