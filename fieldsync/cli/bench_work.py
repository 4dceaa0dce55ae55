"""`fieldsync bench merge`, `pipeline`, `audit`, `duplicates` and `forms`: what one process does by itself."""

from __future__ import annotations

import csv
import multiprocessing
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from fieldsync.cli.context import JsonOption, few_collections, say
from fieldsync.cli.listening import SERVING
from fieldsync.errors import BadInput
from fieldsync.stores.factory import open_store

if TYPE_CHECKING:
    from fieldsync.bench.work import Work

FolderOption = Annotated[
    Path | None, typer.Option("--folder", help="Where the store is made, and kept; default: a temporary folder.")
]


def register(app: typer.Typer) -> None:
    """Add the commands `merge`, `pipeline`, `audit` and `duplicates`."""
    app.command("merge")(merge)
    app.command("pipeline")(pipeline)
    app.command("audit")(audit)
    app.command("forms")(forms)
    app.command("duplicates")(duplicates)


def merge(
    count: Annotated[int, typer.Option(min=1, help="How many merges.")] = 100_000, as_json: JsonOption = False
) -> None:
    """Measure two-sided merges of 40-item documents, in this process.

    Example: fieldsync bench merge --count 100000
    """
    from fieldsync.bench.merges import measure_merges  # As the others here, read when it is wanted: it takes time.

    tell(as_json, [measure_merges(count)])


def pipeline(
    documents: Annotated[int, typer.Option(min=10, help="How many documents.")] = 10_000,
    items: Annotated[int, typer.Option(min=6, help="How many items each of them has.")] = 40,
    folder: FolderOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure pushed documents through intake and resolve, in this process as `serve` has it, on an embedded store.

    Example: fieldsync bench pipeline --documents 10000
    """
    from fieldsync.bench.pushing import measure_pipeline

    with place_for(folder) as place, few_collections(SERVING):
        tell(as_json, measure_pipeline(open_store(f"sqlite:///{place}"), place, documents, items))


def audit(
    changes: Annotated[int, typer.Option(min=1, help="At least how many changes.")] = 100_000,
    folder: FolderOption = None,
    processes: Annotated[int, typer.Option(min=1, help="How many processes share the work.")] = 2,
    as_json: JsonOption = False,
) -> None:
    """Measure `fieldsync audit` of a store with many changes, which is made first, or is in --folder already.

    Example: fieldsync bench audit --changes 1000000 --folder audited
    """
    from fieldsync.bench.audited import measure_audit

    with place_for(folder) as place:
        if not (place / "ledger.sqlite").exists():
            with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
                pool.submit(_fill, place, changes).result()
        tell(as_json, [measure_audit(f"sqlite:///{place}", processes)])


def _fill(place: Path, changes: int) -> None:
    """Fill a store, in a process of its own: what that takes is not the audit's."""
    from fieldsync.bench.audited import fill

    with Console(stderr=True).status("filling the store") as status:
        fill(open_store(f"sqlite:///{place}"), place, changes, status.update)


def duplicates(
    persons: Annotated[
        Path | None, typer.Option(help="CSV file of persons, as the sample's; default: the sample's.")
    ] = None,
    seed: Annotated[int, typer.Option(help="What the slips are drawn from.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Measure how many duplicates are found: each person is written once more with slips, and looked for.

    Example: fieldsync bench duplicates --seed 7
    """
    from fieldsync.bench.pairs import measure_pairs
    from fieldsync.sample import district

    work, _ = measure_pairs(_persons(persons or district.path("registry/persons.csv")), seed)
    tell(as_json, [work])


def _persons(file: Path) -> list[dict[str, str]]:
    wanted = ("id", "name", "sex", "birth_date", "id_type", "id_number", "phone")
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            rows = [{name: row[name] or "" for name in wanted} for row in csv.DictReader(text)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{file} cannot be read as CSV in UTF-8: {error}.") from None
    except KeyError as error:
        raise BadInput(f"{file} has no column {error}; it needs {', '.join(wanted)}.") from None
    if not rows:
        raise BadInput(f"{file} has no persons.")
    return rows


def forms(
    form: Annotated[
        Path | None, typer.Option("--form", exists=True, dir_okay=False, help="A workbook to check.")
    ] = None,
    records: Annotated[
        Path | None, typer.Option("--records", exists=True, dir_okay=False, help="A workbook of records of that form.")
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="How many documents of 40 fields.")] = 2_000,
    as_json: JsonOption = False,
) -> None:
    """Measure how long forms take: a workbook checked, its records validated, and single documents of 40 fields.

    Example: fieldsync bench forms --form survey.xlsx --records answers.xlsx
    """
    from fieldsync.bench.forms import measure_check, measure_documents, measure_records

    if records is not None and form is None:
        raise BadInput("--records needs the form that they are of: name it with --form.")
    works = [measure_documents(count)]
    if form is not None:
        checked, spec = measure_check(form)
        works.append(checked)
        if records is not None and spec is None:
            raise BadInput(f"{form} has errors; see fieldsync form check.")
        works += measure_records(spec, records) if records is not None and spec is not None else []
    tell(as_json, works)


@contextmanager
def place_for(folder: Path | None) -> Iterator[Path]:
    """Lend a folder for a store: the one that was named, or a temporary one. Raises BadInput."""
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="fieldsync-bench-") as made:
            yield Path(made) / "store"
        return
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder} is no folder: name another with --folder.")
    yield folder


def tell(as_json: bool, works: list[Work]) -> None:
    from fieldsync.bench.process import machine

    report = {"machine": machine(), "results": [work.report() for work in works]}
    say(as_json, report, *(work.told() for work in works))
