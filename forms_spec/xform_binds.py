"""What the binds of an XForm say of a question: its declared type, its rules, the marks of our own columns."""

from typing import Any

from lxml import etree

from forms_spec.namespaces import FS, JR
from forms_spec.spec import ADMIT_LEVELS

_YES = frozenset({"yes", "true", "true()", "1"})
BOOLEANS = _YES | {"no", "false", "false()", "0"}
"""How XLSForm authors write a boolean mark."""

_MARKS = ("merge", "group", "owner", "code", "ref", "consent")
_OWN_ATTRIBUTES = frozenset(
    {"nodeset", "type", "required", "relevant", "constraint", "calculate", "readonly", "saveto"}
)
_PRELOADED = {
    ("timestamp", "start"): "start",
    ("timestamp", "end"): "end",
    ("date", "today"): "today",
}


def attribute(bind: etree._Element | None, name: str) -> str | None:
    """Return an attribute of a bind, which need not be there."""
    return bind.get(name) if bind is not None else None


def expression(bind: etree._Element | None, name: str) -> str | None:
    """Return an expression of a bind; that an answer is not required or not read-only says nothing."""
    text = (attribute(bind, name) or "").strip()
    return None if text == "" or (text == "false()" and name in ("required", "readonly")) else text


def rules(bind: etree._Element | None) -> dict[str, Any]:
    """Return the rules of a question, as its fields are named."""
    read_only = expression(bind, "readonly")
    return {
        "required": expression(bind, "required"),
        "relevant": expression(bind, "relevant"),
        "constraint": expression(bind, "constraint"),
        "calculation": expression(bind, "calculate"),
        "read_only": read_only is not None,
        "read_only_if": read_only if read_only not in (None, "true()") else None,
    }


def preloaded(bind: etree._Element | None) -> str | None:
    """Return the type of a question that the tablet answers by itself: start, today, username, …"""
    preload, parameter = attribute(bind, f"{JR}preload"), attribute(bind, f"{JR}preloadParams")
    if preload is None or parameter is None:
        return None
    return _PRELOADED.get((preload, parameter), parameter if preload == "property" else None)


def bind_parameters(bind: etree._Element | None) -> dict[str, str]:
    """Return what the parameters column says of the recording of an answer, such as `max-pixels`."""
    if bind is None:
        return {}
    told = {str(name): value for name, value in bind.attrib.items() if not str(name).startswith((FS, JR))}
    return {_local(name): value for name, value in told.items() if _local(name) not in _OWN_ATTRIBUTES}


def is_yes(text: str | None) -> bool:
    """Read a boolean mark as XLSForm authors write it: yes, true, 1."""
    return (text or "").strip().lower() in _YES


def has_marks(bind: etree._Element | None) -> bool:
    """Tell whether any of our own columns says something of a question."""
    return bind is not None and any(str(name).startswith(FS) for name in bind.attrib)


def marks(bind: etree._Element | None, *, is_repeat: bool) -> dict[str, Any]:
    """Return what our own columns say of a question, as its fields are named; the key of a repeat may be a name."""
    told: dict[str, Any] = {name: (attribute(bind, FS + name) or "").strip() or None for name in _MARKS}
    key = (attribute(bind, f"{FS}key") or "").strip()
    told["key"] = is_yes(key)
    if is_repeat and key.lower() not in BOOLEANS:
        told["member_key"] = key or None
    told["sensitive"] = is_yes(attribute(bind, f"{FS}sensitive"))
    return told | _levels(bind)


def _levels(bind: etree._Element | None) -> dict[str, Any]:
    given = {"admit": attribute(bind, f"{FS}admit"), "admit_first": attribute(bind, f"{FS}admit-first")}
    return {name: level.strip() for name, level in given.items() if level and level.strip() != ADMIT_LEVELS[0]}


def _local(name: str) -> str:
    return name.rpartition("}")[2]
