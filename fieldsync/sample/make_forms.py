"""Write the XLSForms of the sample district: `python -m fieldsync.sample.make_forms [FOLDER]`."""

import sys
from pathlib import Path

from fieldsync.sample.forms import BUILDING, DWELLING, EVENT, HEALTH, HOUSEHOLD, PERSON, STAY, VISIT, workbook_of

FOLDER = Path(__file__).parent / "wuhou" / "forms"
FORMS = (BUILDING, DWELLING, EVENT, HEALTH, HOUSEHOLD, PERSON, STAY, VISIT)


def make_forms() -> dict[str, bytes]:
    """Return the workbooks of all forms by file name."""
    return {f"{form.id}.xlsx": workbook_of(form) for form in FORMS}


def main(folder: Path = FOLDER) -> None:
    """Write the workbooks into a folder, and say which."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in make_forms().items():
        (folder / name).write_bytes(content)
        print(f"{folder / name}: {len(content):,} bytes")


if __name__ == "__main__":
    main(*[Path(argument) for argument in sys.argv[1:2]])
