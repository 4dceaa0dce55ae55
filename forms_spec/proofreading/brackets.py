"""Groups and repeats that are opened and never closed, or closed and never opened."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from forms_spec.proofreading.lines import Line


class Unmatched(NamedTuple):
    """A row that opens or closes what no other row closes or opens; `partner` is the row that it was meant for."""

    line: Line
    partner: Line | None = None

    def message(self) -> str:
        """Return the mistake in pyxform's manner."""
        kind = self.line.begins() or self.line.ends()
        if self.line.begins():
            return self.line.say(f"Unmatched 'begin_{kind}'. No 'end_{kind}' closes '{self.line.name}'.")
        if self.partner is not None:
            opened = f"The row {self.partner.number} begins a {self.partner.begins()}, '{self.partner.name}'."
            return self.line.say(f"Unmatched 'end_{kind}'. {opened}")
        return self.line.say(f"Unmatched 'end_{kind}'. No 'begin_{kind}' is open here.")


def unmatched(lines: Sequence[Line]) -> Iterator[Unmatched]:
    """Yield the rows without a counterpart, each once.

    An end of the wrong kind counts as mistyped where there are as many ends as beginnings, and as one too many
    where there are not.
    """
    is_even = sum(bool(line.begins()) - bool(line.ends()) for line in lines) == 0
    opened: list[Line] = []
    for line in lines:
        if line.begins():
            opened.append(line)
        elif line.ends():
            yield from _close(opened, line, is_even)
    yield from (Unmatched(line) for line in opened)


def _close(opened: list[Line], end: Line, is_even: bool) -> Iterator[Unmatched]:
    kinds = [line.begins() for line in opened]
    if kinds[-1:] == [end.ends()]:
        opened.pop()
    elif opened and is_even:
        yield Unmatched(end, opened.pop())
    elif end.ends() in kinds:
        while opened[-1].begins() != end.ends():
            yield Unmatched(opened.pop())
        opened.pop()
    else:
        yield Unmatched(end)
