"""Read an XForm, as pyxform writes it, into a FormSpec.

The primary instance gives the tree and its order, the binds the types and rules (`xform_binds`), the body
the controls with their choices (`xform_body`), the itext the words (`xform_texts`). Groups are flattened to
sections, since a document's data is flat; a repeat is one field with fields of its own. XML is read without
network, DTD or entities.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from forms_spec.namespaces import FS, JR, XF, XHTML
from forms_spec.spec import Choice, ExternalFile, Field, FormSpec, Section
from forms_spec.xform_binds import (
    attribute,
    bind_parameters,
    expression,
    has_marks,
    is_yes,
    marks,
    preloaded,
    rules,
)
from forms_spec.xform_body import Body, Settings, files, itemset, parameters, searched_file
from forms_spec.xform_texts import FormTexts

_BIND_TYPES = {"int": "integer", "binary": "file", "string": "text", "odk:rank": "rank", "boolean": "text"}
_CONTROL_TYPES = {"select1": "select_one", "select": "select_multiple", "trigger": "acknowledge", "rank": "rank"}
_NOTHING = Settings()


class UnreadableFormError(ValueError):
    """XML that is no XForm, or not one this reader accepts."""


def read_xform(xml: bytes) -> FormSpec:
    """Read an XForm.

    Raises UnreadableFormError when the XML is malformed, declares a document type, or has no primary instance.
    """
    root = _parse(xml)
    model = root.find(f".//{XF}model")
    instance = model.find(f"{XF}instance") if model is not None else None
    if model is None or instance is None or not len(instance):
        raise UnreadableFormError("The XML is no XForm: it has no model with a primary instance.")
    return _Reader(root, model, instance[0]).spec()


def _parse(xml: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableFormError(f"The XML cannot be read: {error}.") from None
    if root.getroottree().docinfo.doctype:
        raise UnreadableFormError("The XML declares a document type, which forms do not need; remove the DOCTYPE.")
    return root


@dataclass(slots=True)
class _Reader:
    """One pass over the primary instance; binds and body are asked what they say of a path."""

    root: etree._Element
    model: etree._Element
    primary: etree._Element
    texts: FormTexts = field(init=False)
    body: Body = field(init=False)
    binds: dict[str, etree._Element] = field(init=False)
    files: dict[str, ExternalFile] = field(init=False)
    sections: list[Section] = field(default_factory=list)
    inline_choices: dict[str, tuple[Choice, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.texts = FormTexts(self.model)
        self.body = Body(self.root)
        self.binds = {bind.get("nodeset", ""): bind for bind in self.model.iterfind(f"{XF}bind")}
        self.files = dict(files(self.model))

    def spec(self) -> FormSpec:
        path = f"/{_name(self.primary)}"
        fields = tuple(self._fields(self.primary, path, None))
        audit = self.binds.get(f"{path}/meta/audit")
        return FormSpec(
            id=self.primary.get("id", ""),
            version=self.primary.get("version", ""),
            title=self._title(),
            languages=self.texts.languages or ("default",),
            fields=fields,
            choices=self._listed_choices() | self.inline_choices,
            sections=tuple(self.sections),
            files=self.files,
            instance_name=expression(self.binds.get(f"{path}/meta/instanceName"), "calculate"),
            style=self.body.style,
            audit=bind_parameters(audit) if audit is not None else None,
            sealed=is_yes(self.primary.get(f"{FS}sealed")),
            retention=(self.primary.get(f"{FS}retention") or "").strip() or None,
        )

    def _title(self) -> dict[str, str]:
        own = {
            key.removeprefix(f"{FS}title-"): value
            for key, value in self.primary.attrib.items()
            if key.startswith(f"{FS}title-")
        }
        title = self.root.findtext(f".//{XHTML}title") or self.primary.get("id", "")
        return dict.fromkeys(self.texts.languages or ("default",), title) | own

    def _fields(self, parent: etree._Element, parent_path: str, section: str | None) -> Iterator[Field]:
        seen = set()
        for element in parent:
            path = f"{parent_path}/{_name(element)}"
            if path in seen or _is_meta(element):
                continue
            seen.add(path)
            if path in self.body.repeats:
                yield self._field(element, path, section, tuple(self._fields(element, path, None)))
            elif len(element) or self._is_group(path):
                self.sections.append(self._section(path, section))
                yield from self._fields(element, path, path)
            else:
                yield self._field(element, path, section, ())

    def _is_group(self, path: str) -> bool:
        control = self.body.controls.get(path)
        return control is not None and control.tag == f"{XF}group"

    def _section(self, path: str, parent: str | None) -> Section:
        control, bind = self.body.controls.get(path), self.binds.get(path)
        return Section(
            name=path.rsplit("/", 1)[-1],
            path=path,
            labels=self.texts.of_child(control, "label"),
            media=self.texts.media_of(control),
            relevant=expression(bind, "relevant"),
            appearance=_appearance(control),
            parent=parent,
        )

    def _field(self, element: etree._Element, path: str, section: str | None, fields: tuple[Field, ...]) -> Field:
        bind, control = self.binds.get(path), self.body.controls.get(path)
        settings = self.body.settings.get(path, _NOTHING)
        return Field(
            name=_name(element),
            type="repeat" if path in self.body.repeats else self._type(element, bind, control),
            path=path,
            section=section,
            fields=fields,
            question=self._question(control, bind, settings),
            default=(element.text or "").strip() or None if not fields else None,
            dynamic_default=settings.dynamic_default,
            trigger=tuple(settings.trigger),
            trigger_value=settings.trigger_value,
            appearance=_appearance(control),
            repeat_count=self.body.count_of(path),
            parameters=bind_parameters(bind) | parameters(control),
            **self._words(bind, control),
            **self._choice_list(path, control),
            **rules(bind),
            **marks(bind, is_repeat=path in self.body.repeats),
        )

    def _type(self, element: etree._Element, bind: etree._Element | None, control: etree._Element | None) -> str:
        declared = bind.get("type", "string") if bind is not None else "string"
        kind = _name(control) if control is not None else ""
        if kind in _CONTROL_TYPES:
            return _CONTROL_TYPES[kind]
        if kind == "upload" and control is not None:
            return str(control.get("mediatype", "file/*")).split("/")[0].replace("application", "file")
        if control is not None and control.get("query"):
            return "select_one"
        if declared != "string":
            return _BIND_TYPES.get(declared, declared)
        set_by = self.body.settings.get(bind.get("nodeset", "") if bind is not None else "", _NOTHING)
        if control is None:
            return "calculate" if expression(bind, "calculate") or set_by.trigger else "hidden"
        return "note" if _shows_only(element, bind) and set_by == _NOTHING else "text"

    def _question(self, control: etree._Element | None, bind: etree._Element | None, settings: Settings) -> str | None:
        kind = _name(control) if control is not None else ""
        if control is None:
            return settings.question or preloaded(bind)
        if control.get("query"):
            return "select_one_external"
        if kind in ("select1", "select") and itemset(control).get("choices") in self.files:
            return f"{_CONTROL_TYPES[kind]}_from_file"
        return "range" if kind == "range" else None

    def _words(self, bind: etree._Element | None, control: etree._Element | None) -> dict[str, Any]:
        return {
            "labels": self.texts.of_child(control, "label"),
            "hints": self.texts.of_child(control, "hint"),
            "guidance": self.texts.guidance_of(control),
            "media": self.texts.media_of(control),
            "required_messages": self.texts.of_reference(attribute(bind, f"{JR}requiredMsg")),
            "constraint_messages": self.texts.of_reference(attribute(bind, f"{JR}constraintMsg")),
        }

    def _choice_list(self, path: str, control: etree._Element | None) -> dict[str, Any]:
        if file := searched_file(_appearance(control)):
            # The choices in the form only name the columns of the file that the tablet searches.
            self.files.setdefault(file, ExternalFile(f"{file}.csv", f"jr://file-csv/{file}.csv"))
            return {"choices": None, "itemset": _appearance(control)}
        items = control.findall(f"{XF}item") if control is not None else []
        if not items:
            return itemset(control)
        self.inline_choices[path] = tuple(
            Choice(item.findtext(f"{XF}value") or "", self.texts.of_child(item, "label")) for item in items
        )
        return {"choices": path}

    def _listed_choices(self) -> dict[str, tuple[Choice, ...]]:
        instances = self.model.findall(f"{XF}instance")[1:]
        return {
            instance.get("id", ""): tuple(self._choice(item) for item in instance.iterfind(f"{XF}root/{XF}item"))
            for instance in instances
            if instance.get("src") is None
        }

    def _choice(self, item: etree._Element) -> Choice:
        columns = {_name(cell): cell.text or "" for cell in item}
        value, text_id, label = columns.pop("name", ""), columns.pop("itextId", ""), columns.pop("label", "")
        labels = self.texts.by_id(text_id) if text_id else self.texts.of_reference(label)
        return Choice(value, labels, columns, self.texts.media_by_id(text_id))


def _appearance(control: etree._Element | None) -> str | None:
    return control.get("appearance") if control is not None else None


def _is_meta(element: etree._Element) -> bool:
    return _name(element) == "meta" and any(_name(child).startswith("instance") for child in element)


def _name(element: etree._Element) -> str:
    return str(etree.QName(element).localname)


def _shows_only(element: etree._Element, bind: etree._Element | None) -> bool:
    if bind is None or not expression(bind, "readonly"):
        return False
    answers = expression(bind, "calculate") or (element.text or "").strip()
    return not answers and not has_marks(bind)
