"""The texts of an XForm: itext in every language, labels, hints and messages as they stand.

A reference inside a text (`<output value="/data/name"/>`) becomes `${name}`. Language names like
"English (en)" and "中文 (zh)" become the code in brackets.
"""

import re

from lxml import etree

XF = "{http://www.w3.org/2002/xforms}"
JR = "{http://openrosa.org/javarosa}"

_CODE = re.compile(r"\(([A-Za-z]{2,3}(?:[-_][A-Za-z0-9]+)*)\)\s*\Z")
_ITEXT = re.compile(r"jr:itext\('([^']*)'\)\Z")
_NO_TEXT = "-"

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
        self._texts: dict[str, Texts] = {}
        for translation in translations:
            self._read(language_code(translation.get("lang", "")), translation)

    def _read(self, language: str, translation: etree._Element) -> None:
        for entry in translation.iterfind(f"{XF}text"):
            for value in entry.iterfind(f"{XF}value"):
                text = plain_text(value)
                if value.get("form") is None and text and text != _NO_TEXT:
                    self._texts.setdefault(entry.get("id", ""), {})[language] = text

    def by_id(self, text_id: str) -> Texts:
        """Return a text in every language it has."""
        return self._texts.get(text_id, {})

    def of_reference(self, reference: str | None) -> Texts:
        """Return the texts of an attribute: a reference to itext, or a text in the form's first language."""
        if not reference:
            return {}
        match = _ITEXT.match(reference.strip())
        return self.by_id(match[1]) if match else self._plain(reference)

    def of_child(self, control: etree._Element | None, tag: str) -> Texts:
        """Return the texts of a control's `label` or `hint`."""
        child = control.find(f"{XF}{tag}") if control is not None else None
        if child is None:
            return {}
        return self.of_reference(child.get("ref")) if child.get("ref") else self._plain(plain_text(child))

    def _plain(self, text: str) -> Texts:
        return {self.languages[0] if self.languages else "default": text} if text else {}


def plain_text(element: etree._Element) -> str:
    """Return an element's text with its references to answers as `${name}`."""
    parts = [element.text or ""]
    for child in element:
        reference = child.get("value") or ""
        parts.append("${" + reference.strip().rsplit("/", 1)[-1] + "}" if reference else "")
        parts.append(child.tail or "")
    return "".join(parts).strip()
