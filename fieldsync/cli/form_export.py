"""`fieldsync form spec, schema, xform, dictionary`: a form for tablets, integrators, ODK's tools, analysts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from fieldsync.cli.form_file import fail, in_words, sound_form, spec_of
from fieldsync.cli.language import spoken
from forms_spec.json_schema import json_schema

FormFile = Annotated[Path, typer.Argument(help="An XLSForm: .xlsx, .xlsm, .xls, .csv or .md.", show_default=False)]
OutOption = Annotated[
    Path | None, typer.Option(help="The file to write; default: standard output.", show_default=False)
]


def register(app: typer.Typer) -> None:
    """Add the commands about a form in other shapes to the group `form`."""
    app.command("spec")(write_spec)
    app.command("schema")(write_schema)
    app.command("xform")(write_xform)
    app.command("dictionary")(write_dictionary)


def write_spec(form: FormFile, out: OutOption = None) -> None:
    """Write a form as the JSON that tablets get.

    Example: fieldsync form spec person.xlsx --out person.json
    """
    _write(out, spec_of(form, spoken()).encode().decode() + "\n")


def write_schema(
    form: FormFile,
    out: OutOption = None,
    lang: Annotated[str, typer.Option(help="The language of titles, such as zh; default: the form's first.")] = "",
) -> None:
    """Write the JSON Schema (2020-12) of a form's documents, for programs that write or read them.

    Example: fieldsync form schema person.xlsx --out person.schema.json
    """
    _write(out, json.dumps(json_schema(spec_of(form, spoken()), lang), ensure_ascii=False, indent=2) + "\n")


def write_xform(form: FormFile, out: OutOption = None) -> None:
    """Write a form as the XForm (XML) that ODK's tools and tablets' form engines run.

    Example: fieldsync form xform person.xlsx --out person.xml
    """
    _write(out, sound_form(form, spoken()).xform or "")


def write_dictionary(
    form: FormFile,
    out: Annotated[Path, typer.Option(help="The file to write: .xlsx or .md.", show_default=False)],
) -> None:
    """Write a form's data dictionary: its variables with types, rules and marks, and the codes of its lists.

    Example: fieldsync form dictionary person.xlsx --out person-dictionary.xlsx
    """
    kind = out.suffix.lower()
    if kind not in (".xlsx", ".md"):
        english = f"{out} is neither .xlsx nor .md; name a file of one of these kinds."
        fail(in_words(spoken(), english, f"{out} 既不是 .xlsx 也不是 .md；请改用其中一种。"))
    from forms_spec.dictionary import as_markdown, as_workbook  # read when it is wanted: it takes time

    spec = spec_of(form, spoken())
    _save(out, as_workbook(spec) if kind == ".xlsx" else as_markdown(spec).encode())


def _write(out: Path | None, text: str) -> None:
    if out is None:
        typer.echo(text, nl=False)
    else:
        _save(out, text.encode())


def _save(out: Path, content: bytes) -> None:
    try:
        out.write_bytes(content)
    except OSError as error:
        english = f"{out} cannot be written ({error.strerror}); name a file in a folder that you may write to."
        fail(in_words(spoken(), english, f"无法写入 {out}（{error.strerror}）；请指定可写文件夹中的文件。"))
