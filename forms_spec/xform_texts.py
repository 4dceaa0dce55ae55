"""The texts of an XForm: itext in every language, labels, hints and messages as they stand, files shown with them.

A reference inside a text (`<output value="/data/name"/>`) becomes `${name}`. Language names like
"English (en)" and "中文 (zh)" become the code in brackets. A text in another form than plain (guidance, image,
audio, …) is kept by that form.
"""

import re

from lxml import etree

from forms_spec.namespaces import XF
from forms_spec.spec import Media

MEDIA = ("image", "big-image", "audio", "video")
GUIDANCE = "guidance"

_CODE = re.compile(r"\(([A-Za-z]{2,3}(?:[-_][A-Za-z0-9]+)*)\)\s*\Z")
_ITEXT = re.compile(r"jr:itext\('([^']*)'\)\Z")
_NO_TEXT = "-"
_PLAIN = ""

Texts = dict[str, str]


def language_code(name: str) -> str:
    """Return the code of a language that XLSForm names "English (en)"; a name without a code stays as it is."""
    match = _CODE.search(name)
    return match[1] if match else name.strip()


class FormTexts:
    """The translations of one XForm: languages, the form's own first, and texts by their id."""

    def __init__(self, model: etree._Element) -> None:
        """Read the itext of an XForm's model."""
        translations = model.findall(f"{XF}itext/{XF}translation")
        translations.sort(key=lambda translation: translation.get("default") is None)
        self.languages = tuple(language_code(translation.get("lang", "")) for translation in translations)
        self._texts: dict[tuple[str, str], Texts] = {}
        for translation in translations:
            self._read(language_code(translation.get("lang", "")), translation)

    def _read(self, language: str, translation: etree._Element) -> None:
        for entry in translation.iterfind(f"{XF}text"):
            for value in entry.iterfind(f"{XF}value"):
                text, form = plain_text(value), value.get("form") or _PLAIN
                if text and text != _NO_TEXT:
                    self._texts.setdefault((entry.get("id", ""), form), {})[language] = text

    def by_id(self, text_id: str, form: str = _PLAIN) -> Texts:
        """Return a text in every language it has."""
        return self._texts.get((text_id, form), {})

    def media_by_id(self, text_id: str) -> Media:
        """Return the names of the files shown with a text, by kind and language."""
        found = {kind: self.by_id(text_id, kind) for kind in MEDIA}
        return {
            kind: {language: source.rsplit("/", 1)[-1] for language, source in sources.items()}
            for kind, sources in found.items()
            if sources
        }

    def of_reference(self, reference: str | None) -> Texts:
        """Return the texts of an attribute: a reference to itext, or a text in the form's first language."""
        if not reference:
            return {}
        text_id = _text_id(reference)
        return self.by_id(text_id) if text_id is not None else self._plain(reference)

    def of_child(self, control: etree._Element | None, tag: str) -> Texts:
        """Return the texts of a control's `label` or `hint`."""
        child = control.find(f"{XF}{tag}") if control is not None else None
        if child is None:
            return {}
        return self.of_reference(child.get("ref")) if child.get("ref") else self._plain(plain_text(child))

    def guidance_of(self, control: etree._Element | None) -> Texts:
        """Return the guidance that a control's hint holds for collectors in training."""
        text_id = _child_id(control, "hint")
        return self.by_id(text_id, GUIDANCE) if text_id is not None else {}

    def media_of(self, control: etree._Element | None) -> Media:
        """Return the files shown with a control's label."""
        text_id = _child_id(control, "label")
        return self.media_by_id(text_id) if text_id is not None else {}

    def _plain(self, text: str) -> Texts:
        return {self.languages[0] if self.languages else "default": text} if text else {}


def _text_id(reference: str) -> str | None:
    match = _ITEXT.match(reference.strip())
    return match[1] if match else None


def _child_id(control: etree._Element | None, tag: str) -> str | None:
    child = control.find(f"{XF}{tag}") if control is not None else None
    return _text_id(child.get("ref", "")) if child is not None else None


def plain_text(element: etree._Element) -> str:
    """Return an element's text with its references to answers as `${name}`."""
    parts = [element.text or ""]
    for child in element:
        reference = child.get("value") or ""
        parts.append("${" + reference.strip().rsplit("/", 1)[-1] + "}" if reference else "")
        parts.append(child.tail or "")
    return "".join(parts).strip()
