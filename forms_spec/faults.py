"""What is wrong with a form, said so that its author can mend it: sheet, row, column, remedy."""

import msgspec

from forms_spec.spec import FormSpec

SURVEY = "survey"
CHOICES = "choices"
SETTINGS = "settings"


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong in a form, with its place in the workbook and how to mend it."""

    code: str
    message: str
    message_zh: str
    remedy: str
    remedy_zh: str
    sheet: str = ""
    row: int | None = None
    column: str = ""


class Checked(msgspec.Struct, frozen=True):
    """A form as far as it could be read; `spec` is None where nothing could be read at all.

    `xform` is the XForm that pyxform made of it, for tablets' form engines.
    """

    spec: FormSpec | None
    errors: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()
    xform: str | None = None
