"""Values that are planted, and the search for them in whatever files there are.

They are of a kind that nothing else brings forth: words in Chinese, which JSON may spell in two ways, and numbers as
cards and telephones have them. The words have one stem, by which a file is searched at a glance.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

STEM = "植入值"
WORDS = [f"{STEM}{number:02}zq{number * 7919 % 99991:05}" for number in range(46)]
NUMBERS = [f"4400739184623{number * 7919 % 99991:05}" for number in range(1, 7)]
PHONES = [f"128739{number * 7919 % 99991:05}" for number in range(1, 7)]
PLANTED = [*WORDS, *NUMBERS, *PHONES]


def spellings(value: str) -> Iterator[bytes]:
    """Yield a value as it may stand in a file: text of two widths, escaped JSON and URL, base64 at each offset."""
    plain = value.encode()
    yield from (plain, value.encode("utf-16-le"), value.encode("utf-16-be"))
    escaped, url = json.dumps(value)[1:-1], quote(value)
    yield from (escaped.encode(), re.sub("[A-F]", lambda a: a[0].lower(), url).encode(), url.encode())
    for lead in range(3):
        whole = base64.b64encode(b"\0" * lead + plain)
        kept = whole[4 if lead else 0 : (lead + len(plain)) // 3 * 4]
        yield from (kept, kept.translate(bytes.maketrans(b"+/", b"-_")))


_GLANCE = re.compile(b"|".join({re.escape(one) for text in (STEM, *NUMBERS, *PHONES) for one in spellings(text)}))


def layers(content: bytes) -> Iterable[bytes]:
    """Yield a content, and what is compressed in it: gzip members, and files in zip archives."""
    yield content
    for sign, wbits, skip in ((b"\x1f\x8b\x08", 31, 0), (b"PK\x03\x04", -15, 30)):
        at = content.find(sign)
        while at >= 0:
            begin = at + skip
            if skip:
                name, extra = (int.from_bytes(content[at + n : at + n + 2], "little") for n in (26, 28))
                begin += name + extra
            with suppress(zlib.error):
                yield zlib.decompressobj(wbits=wbits).decompress(content[begin:])
            at = content.find(sign, at + 1)


def planted_in(content: bytes, among: Sequence[str] = PLANTED) -> set[str]:
    """Return which planted values a content has, in whatever spelling; or that it has what they begin with."""
    found: set[str] = set()
    for layer in layers(content):
        if _GLANCE.search(layer):
            values = {value for value in among if any(one in layer for one in spellings(value))}
            found |= values or ({"the stem alone"} if among is PLANTED else set())
    return found


def found_in(*folders: Path, besides: tuple[str, ...] = ()) -> set[tuple[str, str]]:
    """Return which planted values are in which files below folders, besides those whose names begin with a text."""
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    wanted = [path for path in files if not (besides and path.name.startswith(besides))]
    return {(path.name, value) for path in wanted for value in planted_in(path.read_bytes())}
