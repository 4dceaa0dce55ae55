"""The usual mistakes in the rows of the survey sheet: types, lists, names, calculations."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import PurePath

from pyxform import aliases
from pyxform.parsing.expression import is_xml_tag
from pyxform.question_type_dictionary import QUESTION_TYPE_DICT
from pyxform.xls2json import RE_OSM, RE_SELECT

from forms_spec.proofreading.lines import Line
from forms_spec.sheets import cell_of

_FILES = (".csv", ".xml", ".geojson")
_EXTERNAL = "select_one_external"
_TYPES = frozenset(QUESTION_TYPE_DICT) | frozenset(aliases.settings_header) | frozenset(aliases._type_alias_map)

Lists = Mapping[str, Collection[str]]
"""The names of the lists on the sheets `choices` and `external_choices`."""


def mistaken_types(lines: Sequence[Line], lists: Lists) -> Iterator[str]:
    """Yield the types that there are not, and the lists of choices that a type names in vain."""
    for line in lines:
        if not line.type and (line.name or cell_of(line.cells, "label")):
            yield line.say("Question with no type.")
        elif line.type and not (line.begins() or line.ends()):
            yield from _mistaken_type(line, lists)


def _mistaken_type(line: Line, lists: Lists) -> Iterator[str]:
    select = RE_SELECT.search(line.type)
    if select is None:
        if line.type in aliases.select:
            yield line.say(f"'{line.type}' names no list of choices.")
        elif line.type not in _TYPES and RE_OSM.search(line.type) is None:
            yield line.say(f"Unknown question type '{line.type}'.")
        return
    command, name = select["select_command"], select["list_name"]
    if command in aliases.select_from_file:
        if PurePath(name).suffix not in _FILES:
            said = ", ".join(f"'{suffix}'" for suffix in _FILES)
            yield line.say(f"File name for '{line.type}' should end with one of the supported file extensions: {said}")
        return
    sheet = "external_choices" if command == _EXTERNAL else "choices"
    if name not in lists[sheet] and "${" not in name and PurePath(name).suffix not in _FILES:
        yield line.say(f"List name not in {sheet.replace('_', ' ')} sheet: {name}")


def mistaken_names(lines: Sequence[Line]) -> Iterator[str]:
    """Yield what is wrong with names: missing, malformed, or taken within their group."""
    taken: list[set[str]] = [set()]
    for line in lines:
        if line.ends():
            taken = taken[:-1] or [set()]
        elif line.type and line.type not in ("note", "audit", *aliases.settings_header):
            yield from _mistaken_name(line, taken[-1])
        elif line.name:
            taken[-1].add(line.name)
        if line.begins():
            taken.append(set())


def _mistaken_name(line: Line, taken: set[str]) -> Iterator[str]:
    if not line.name:
        yield line.say("Question or group with no name.")
    elif not is_xml_tag(line.name):
        yield line.say(
            "On the 'survey' sheet, the 'name' value is invalid. Names must begin with a letter or underscore. "
            "After the first character, names may contain letters, digits, underscores, hyphens, or periods."
        )
    elif line.name in taken:
        place = f"On the 'survey' sheet, the 'name' value '{line.name}' is invalid."
        yield line.say(f"{place} Names must be unique within their group.")
    taken.add(line.name)


def missing_calculations(lines: Sequence[Line]) -> Iterator[str]:
    """Yield the questions to be calculated that say nothing of how."""
    for line in lines:
        if line.type == "calculate" and not (cell_of(line.cells, "calculation") or cell_of(line.cells, "default")):
            yield line.say("Missing calculation.")
