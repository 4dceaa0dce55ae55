"""XForms for the tests, as pyxform makes them of sheets."""

from pyxform.xls2xform import convert


def xform_of(survey: list[dict[str, str]], choices: list[dict[str, str]]) -> str:
    """Return the XForm of a form given as sheets, with the root `data`."""
    settings = [{"form_id": "data", "version": "1"}]
    return str(convert({"survey": survey, "choices": choices, "settings": settings}).xform)
