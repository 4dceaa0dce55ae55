"""`fieldsync form publish, list, versions, compare, release, retire`: forms enter the installation and leave it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.progress import Progress

from fieldsync.cli.context import OPERATOR, JsonOption, StoreOption, opened, say
from fieldsync.cli.form_file import files_beside, read_file
from fieldsync.cli.form_tables import change_lines, form_lines, impact_lines, version_lines
from fieldsync.cli.language import spoken
from fieldsync.errors import BadInput
from fieldsync.form_impact import Impact
from fieldsync.form_versions import FormInUse
from fieldsync.forms import Published, Step
from fieldsync.services import Services
from forms_spec import Change

FormArgument = Annotated[str, typer.Argument(metavar="FORM", help="The form's identifier.", show_default=False)]
_WARNING = {"en": "warning: ", "zh": "警告："}
AreaOption = Annotated[str, typer.Option("--area", help="Only in this area, such as 510107001; default: everywhere.")]


def register(app: typer.Typer) -> None:
    """Add the commands about published forms to the group `form`."""
    app.command("publish")(publish)
    app.command("list")(list_forms)
    app.command("versions")(versions)
    app.command("compare")(compare)
    app.command("release")(release)
    app.command("retire")(retire)


def publish(
    files: Annotated[list[Path], typer.Argument(help="Workbooks (XLSForm).", show_default=False)],
    area: AreaOption = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would change.")] = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Publish forms and put them in use, everywhere or in an area first; tells what changes and for how many documents.

    The same version with the same content again is fine. Exit status: 2 for a form that may not be published.

    Example: fieldsync form publish person.xlsx household.xlsx

    Example: fieldsync form publish person.xlsx --area 510107001 --dry-run
    """
    language = spoken()
    workbooks = [(path, read_file(path, language)) for path in files]
    handed_in = [(book, path.name, area, files_beside(path, book, language)) for path, book in workbooks]
    rows: list[dict[str, Any]] = []
    with opened(store) as services:
        steps = [services.publishing.examine(*one) for one in handed_in]
        for step in steps:
            impact = _impact(services, step.spec.id, area, list(step.changes), quiet=as_json)
            is_held = dry_run or any(one.faults for one in steps)
            published = None if is_held else services.publishing.publish(step, OPERATOR)
            rows.append(_row(step, impact, published))
            if not as_json:
                say(False, None, *_lines(step, impact, published))
    if as_json:
        say(True, {"forms": rows})
    faults = [(step.workbook.filename, fault.message) for step in steps for fault in step.faults]
    if faults and not dry_run:
        name, said = faults[0]
        raise BadInput(f"Nothing was published: {name}: {said['en']}", zh=f"未发布任何表单：{name}：{said['zh']}")


def _impact(services: Services, form: str, area: str, changes: list[Change], *, quiet: bool) -> Impact | None:
    """Count the documents under way, where there is a change to count them for."""
    if not changes:
        return None
    console = Console(stderr=True)
    with Progress(transient=True, disable=quiet or not console.is_terminal, console=console) as progress:
        total = sum(1 for _ in services.publishing.cells_within(area))
        task = progress.add_task("Counting documents", total=total)
        return services.publishing.impact(form, area, changes, lambda _: progress.advance(task))


def _row(step: Step, impact: Impact | None, published: Published | None) -> dict[str, Any]:
    warnings = published.warnings if published else step.warnings
    return {
        "id": step.spec.id,
        "version": step.spec.version,
        "new": published.new if published else step.before != step.spec.version,
        "published": published is not None,
        "warnings": [warning["en"] for warning in warnings],
        "warnings_zh": [warning["zh"] for warning in warnings],
        "area": step.area,
        "before": step.before,
        "changes": step.changes,
        "refused": step.faults,
        "impact": impact,
    }


def _lines(step: Step, impact: Impact | None, published: Published | None) -> list[str]:
    if published is None:
        state = "may not be published" if step.faults else "can be published"
    else:
        state = "published" if published.new else "published already"
    where = f" in {step.area}" if step.area else ""
    compared = f", {'compared with' if step.changes else 'with the content of'} {step.before}" if _is_next(step) else ""
    warnings = [f"  {_WARNING[spoken()]}{warning[spoken()]}" for warning in step.warnings]
    told = {(change.kind, change.field): change for change in (*step.faults, *step.changes)}
    changes = change_lines(told.values(), impact) if told else []
    return [
        f"{step.spec.id} {step.spec.version}: {state}{where}{compared}.",
        *warnings,
        *changes,
        *(impact_lines(impact) if impact else []),
    ]


def _is_next(step: Step) -> bool:
    return step.before is not None and step.before != step.spec.version


def list_forms(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """List the forms, and which version is in use where.

    Example: fieldsync form list
    """
    with opened(store) as services:
        forms = list(services.forms.in_use())
    say(as_json, {"forms": [_shown(form) for form in forms]}, *form_lines(forms))


def versions(form: FormArgument, store: StoreOption = None, as_json: JsonOption = False) -> None:
    """List the versions of a form, oldest first, and where each is in use.

    Example: fieldsync form versions person
    """
    with opened(store) as services:
        pointer, found = services.forms.need(form), services.forms.versions(form)
    standing = list(pointer.standing())
    rows = [
        {
            "version": version.version,
            "published": version.published,
            "by": version.by,
            "areas": [release.area for release in standing if release.version == version.version],
        }
        for version in found
    ]
    say(as_json, {"form": form, "versions": rows}, *version_lines(rows))


def compare(
    form: FormArgument,
    old: Annotated[str, typer.Argument(metavar="FROM", help="A published version.", show_default=False)],
    new: Annotated[str, typer.Argument(metavar="TO", help="Another one.", show_default=False)],
    area: AreaOption = "",
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare two published versions of a form, and count the documents under way in an area.

    Example: fieldsync form compare person 2026-11-01 2026-12-01 --area 510107
    """
    with opened(store) as services:
        changes = services.publishing.compare(form, old, new)
        impact = _impact(services, form, area, changes, quiet=as_json)
    lines = (
        [*change_lines(changes, impact), *(impact_lines(impact) if impact else [])]
        if changes
        else ["No change. / 无变动。"]
    )
    say(as_json, {"form": form, "from": old, "to": new, "changes": changes, "impact": impact}, *lines)


def release(
    form: FormArgument,
    version: Annotated[str, typer.Argument(help="A published version.", show_default=False)],
    area: AreaOption = "",
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put a published version in use in an area, or everywhere: widens a staged release, or takes one back.

    Example: fieldsync form release person 2026-12-01 --area 510107
    """
    with opened(store) as services:
        pointer = services.publishing.release(form, version, area, OPERATOR)
    say(as_json, _shown(pointer), *form_lines([pointer]))


def retire(
    form: FormArgument,
    reason: Annotated[str, typer.Option(help="Why; collectors read it.", show_default=False)],
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Retire a form: no new documents with it, those that are there stay valid. `release` brings it back.

    Example: fieldsync form retire visit --reason "replaced by the form contact"
    """
    with opened(store) as services:
        pointer = services.publishing.retire(form, reason, OPERATOR)
    say(as_json, _shown(pointer), *form_lines([pointer]))


def _shown(form: FormInUse) -> dict[str, Any]:
    return {
        "id": form.form,
        "version": form.version,
        "title": form.title,
        "published": form.published,
        "by": form.by,
        "releases": [msgspec.to_builtins(release) for release in form.standing()],
        "retired": form.retired,
    }
