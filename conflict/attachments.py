"""Attachments by name: what the names of a document stand for where its sides meet.

What one side adds, replaces or removes, is; a removal gives way to a new content. Different new contents of one name
are all kept: the newest under the name, each other under the name with a mark that follows from its digest. The laws
are properties in tests/properties/test_attachment_laws.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar


class Content(Protocol):
    """What a name stands for; contents of one digest are the same."""

    @property
    def digest(self) -> str:
        """Return the name of the content's bytes."""


C = TypeVar("C", bound=Content)


@dataclass(frozen=True, slots=True)
class Attachments(Generic[C]):
    """What each name stands for after a merge.

    `beside` says for each content that gave way the name it wanted and the name it has; `outlived` are the names that
    some side removed and that another gave a new content.
    """

    names: dict[str, C]
    beside: tuple[tuple[str, str], ...] = ()
    outlived: tuple[str, ...] = ()


def merge_attachments(
    base: Mapping[str, C] | None, sides: Sequence[Mapping[str, C]], newness: Callable[[C], Any]
) -> Attachments[C]:
    """Merge attachments by name, against what the sides have in common; the order of the sides does not matter.

    `newness` orders contents, the newest last; it tells apart whatever is not equal.
    """
    before = base or {}
    kept: dict[str, C] = {}
    others: list[tuple[str, C]] = []
    outlived = []
    for name in sorted({name for contents in (before, *sides) for name in contents}):
        now = [contents.get(name) for contents in sides]
        met = _met(before.get(name), now, newness)
        if met:
            kept[name] = met[0]
        others += [(name, content) for content in met[1:]]
        if name in before and None in now and met:
            outlived.append(name)
    beside = []
    for name, content in others:
        place = _beside(name, content, kept)
        kept.setdefault(place, content)
        beside.append((name, place))
    return Attachments(kept, tuple(beside), tuple(outlived))


def _met(before: C | None, now: Sequence[C | None], newness: Callable[[C], Any]) -> list[C]:
    """Return what one name stands for where the sides meet, newest first; of one digest only the newest."""
    living = sorted((one for one in now if one is not None), key=newness)
    new = {one.digest: one for one in living if before is None or one.digest != before.digest}
    if new:
        return sorted(new.values(), key=newness, reverse=True)
    if before is None or None in now:
        return []
    return [one for one in living if one != before][-1:] or [before]


def _beside(name: str, content: C, kept: Mapping[str, C]) -> str:
    """Return the name of a content that may not replace another: `photo.jpg` becomes `photo~1b2c3d4e.jpg`."""
    while name in kept and kept[name].digest != content.digest:
        name = _marked(name, content)
    return name


def _marked(name: str, content: Content) -> str:
    stem, dot, ending = name.rpartition(".")
    mark = hashlib.md5(content.digest.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()[:8]
    return f"{stem}~{mark}.{ending}" if dot and stem else f"{name}~{mark}"
