"""What the body of an XForm says of a question: its control, its choices, and what sets it when.

Source: ODK XForms specification, "Body", "Actions".
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from forms_spec.namespaces import JR, ODK, XF, XHTML
from forms_spec.spec import ExternalFile
from forms_spec.xform_texts import plain_text

_CONTROLS = frozenset({"input", "select", "select1", "rank", "trigger", "upload", "range", "group"})
_TOLD_ELSEWHERE = frozenset({"ref", "nodeset", "appearance", "mediatype", "query", f"{JR}count", "class"})
_FIRST_LOAD = "odk-instance-first-load"
_NEW_REPEAT = "odk-new-repeat"
_CHANGED = "xforms-value-changed"
_ACTIONS = {f"{ODK}setgeopoint": "geopoint", f"{ODK}recordaudio": "audio"}


@dataclass(slots=True)
class Settings:
    """What sets a question besides its collector: a dynamic default, or a change of the questions in `trigger`."""

    dynamic_default: str | None = None
    trigger: list[str] = field(default_factory=list)
    trigger_value: str | None = None
    question: str | None = None


class Body:
    """The controls of one XForm by the path they refer to, repeats among them, and what sets which path."""

    def __init__(self, root: etree._Element) -> None:
        """Read the body and the actions of an XForm."""
        body = root.find(f".//{XHTML}body")
        elements = list(body.iter()) if body is not None else []
        self.style = body.get("class") if body is not None else None
        self.controls = {element.get("ref", ""): element for element in elements if _is_control(element)}
        self.repeats = {element.get("nodeset", ""): element for element in elements if element.tag == f"{XF}repeat"}
        self.settings: dict[str, Settings] = {}
        for action in root.iter(f"{XF}setvalue", *_ACTIONS):
            self._read_action(action)

    def _read_action(self, action: etree._Element) -> None:
        settings = self.settings.setdefault(action.get("ref", ""), Settings())
        events = (action.get("event") or "").split()
        value = action.get("value") or plain_text(action)
        if action.tag in _ACTIONS:
            when = "background" if _CHANGED in events or action.tag.endswith("recordaudio") else "start"
            settings.question = f"{when}-{_ACTIONS[str(action.tag)]}"
        elif _CHANGED in events:
            settings.trigger_value = value
        elif _FIRST_LOAD in events or _NEW_REPEAT in events:
            settings.dynamic_default = value
        around = action.getparent()
        if _CHANGED in events and around is not None and around.get("ref"):
            settings.trigger.append(str(around.get("ref")))

    def count_of(self, path: str) -> str | None:
        """Return the expression for how many members a repeat has, where the form says so."""
        repeat = self.repeats.get(path)
        return (repeat.get(f"{JR}count") or "").strip() or None if repeat is not None else None


def parameters(control: etree._Element | None) -> dict[str, str]:
    """Return the attributes of a control that nothing else tells: steps of a range, rows, thresholds, …"""
    told = control.attrib.items() if control is not None else ()
    return {str(name).rpartition("}")[2]: value for name, value in told if name not in _TOLD_ELSEWHERE}


def itemset(control: etree._Element | None) -> dict[str, Any]:
    """Return where a control's choices come from, as a field's attributes; nothing where they stand in the control."""
    if control is None:
        return {}
    if query := control.get("query"):
        name, filtered = _instance_of(query), _filter_of(query)
        return {"choices": f"{EXTERNAL}{name}", "choice_filter": filtered, "itemset": query}
    found = control.find(f"{XF}itemset")
    return _listed(found) if found is not None else {}


_USUAL_COLUMNS = (None, "name", "label", "jr:itext(itextId)")

EXTERNAL = "external:"
"""How the names of lists begin that stand on the sheet external_choices."""


def _listed(found: etree._Element) -> dict[str, Any]:
    nodeset = found.get("nodeset", "")
    name = _instance_of(nodeset) or None
    told = {
        "choices": name,
        "choice_filter": _filter_of(nodeset),
        "itemset": nodeset if nodeset != f"instance('{name}')/root/item" else None,
    }
    columns = {"value_column": _column(found, "value"), "label_column": _column(found, "label")}
    return told | {key: column for key, column in columns.items() if column not in _USUAL_COLUMNS}


def _instance_of(nodeset: str) -> str:
    return nodeset.partition("instance('")[2].partition("'")[0]


def _filter_of(nodeset: str) -> str | None:
    return nodeset.partition("[")[2].rpartition("]")[0] or None


def _column(found: etree._Element, tag: str) -> str | None:
    child = found.find(f"{XF}{tag}")
    return child.get("ref") if child is not None else None


def searched_file(appearance: str | None) -> str | None:
    """Return the name of the file that the appearance `search('name', …)` takes choices from."""
    called = (appearance or "").partition("search(")[2].strip()
    return called[1:].partition(called[0])[0] if called[:1] in ("'", '"') else None


def files(model: etree._Element) -> Iterator[tuple[str, ExternalFile]]:
    """Yield the files beside the form by the name of their instance."""
    for instance in model.iterfind(f"{XF}instance"):
        if source := instance.get("src"):
            yield instance.get("id", ""), ExternalFile(source.rsplit("/", 1)[-1], source)


def _is_control(element: etree._Element) -> bool:
    return element.get("ref") is not None and etree.QName(element).localname in _CONTROLS
