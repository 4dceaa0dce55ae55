"""Functions about texts. Source: XPath 1.0, section 4.2; ODK XForms, "String functions"."""

import base64
import binascii
import hashlib
import math
from collections.abc import Callable

from forms_spec.xpath.functions.declared import Function, plain
from forms_spec.xpath.run import MAX_TEXT, Run
from forms_spec.xpath.values import Value, texts_of

_BLANKS = " \t\r\n"
DIGESTS: dict[str, Callable[[bytes], "hashlib._Hash"]] = {
    "MD5": lambda content: hashlib.md5(content, usedforsecurity=False),
    "SHA-1": lambda content: hashlib.sha1(content, usedforsecurity=False),
    "SHA-256": hashlib.sha256,
    "SHA-384": hashlib.sha384,
    "SHA-512": hashlib.sha512,
}
"""The algorithms of digest()."""


def _concat(run: Run, *values: Value) -> str:
    return run.made("".join(text for value in values for text in texts_of(value)))


def _join(run: Run, glue: str, *values: Value) -> str:
    texts = [text for value in values for text in texts_of(value)]
    run.spend(len(glue) * len(texts) >> 6)
    return run.made(glue.join(texts))


def _substr(text: str, start: float, end: float = math.inf) -> str:
    """Cut from a position to before another, counted from 0; negative ones count from the end."""
    if math.isnan(start) or math.isnan(end):
        return ""
    first, last = _place(start, len(text)), _place(end, len(text))
    return text[first:last]


def _place(position: float, length: int) -> int:
    from_start = position if position >= 0 else position + length
    return int(min(max(0.0, from_start), length))


def _substring(text: str, start: float, length: float = math.inf) -> str:
    """Cut so many characters from a position, counted from 1, both rounded."""
    first = _rounded(start) - 1
    last = first + _rounded(length)
    if math.isnan(first) or math.isnan(last):
        return ""
    return text[int(min(max(first, 0.0), len(text))) : int(min(max(last, 0.0), len(text)))]


def _rounded(number: float) -> float:
    return math.floor(number + 0.5) if math.isfinite(number) else number


def _translate(text: str, signs: str, others: str) -> str:
    table: dict[int, str] = {}
    for position, sign in enumerate(signs):
        table.setdefault(ord(sign), others[position] if position < len(others) else "")
    return text.translate(table)


def _after(text: str, part: str) -> str:
    return text.partition(part)[2] if part else text


def _before(text: str, part: str) -> str:
    return text.partition(part)[0] if part and part in text else ""


def _normalized(text: str) -> str:
    return " ".join(part for part in text.translate(str.maketrans("\t\r\n", "   ")).split(" ") if part)


def _digest(text: str, algorithm: str, encoding: str = "base64") -> str:
    make = DIGESTS.get(algorithm)
    if make is None or encoding not in ("base64", "hex"):
        return ""
    made = make(_bytes(text))
    return made.hexdigest() if encoding == "hex" else base64.b64encode(made.digest()).decode()


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text.strip(_BLANKS), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


def _bytes(text: str) -> bytes:
    # Half a surrogate pair, which JSON may hold, has no UTF-8 of its own.
    return text.encode("utf-8", "replace")


def _uuid(run: Run, length: float = 36.0) -> str:
    if math.isnan(length) or length <= 0:
        return ""
    text = run.drawn_uuid()
    while len(text) < min(length, MAX_TEXT + 1):
        text += run.drawn_uuid()
    return run.made(text[: int(min(length, MAX_TEXT + 1))])


TEXTS: dict[str, Function] = {
    "string": plain(lambda text: text, "text"),
    "string-length": plain(lambda text: float(len(text)), "text"),
    "concat": Function((), _concat, rest="value", needs_run=True),
    "join": Function(("text",), _join, rest="value", needs_run=True),
    "contains": plain(lambda text, part: part in text, "text", "text"),
    "starts-with": plain(lambda text, start: text.startswith(start), "text", "text"),
    "ends-with": plain(lambda text, end: text.endswith(end), "text", "text"),
    "substr": plain(_substr, "text", "number", "number", optional=1),
    "substring": plain(_substring, "text", "number", "number", optional=1),
    "substring-before": plain(_before, "text", "text"),
    "substring-after": plain(_after, "text", "text"),
    "translate": plain(_translate, "text", "text", "text"),
    "normalize-space": plain(_normalized, "text"),
    "digest": plain(_digest, "text", "text", "text", optional=1),
    "base64-decode": plain(_decoded, "text"),
    "base64-encode": plain(lambda text: base64.b64encode(_bytes(text)).decode(), "text"),
    "uuid": Function(("number",), _uuid, optional=1, needs_run=True, is_volatile=True),
}
