"""How a function of the language is declared: what it takes, and what it makes of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from forms_spec.xpath.values import Value

Kind = Literal["text", "number", "boolean", "nodes", "value"]
"""As what an argument arrives: converted, as nodes and nothing else, or as it is."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function: the kinds of its arguments, of which the last `optional` may be left out and `rest` may follow.

    `needs_run` says that the call gets the `Run` first; `is_volatile` that it says something else each time.
    """

    parameters: tuple[Kind, ...]
    call: Callable[..., Value]
    optional: int = 0
    rest: Kind | None = None
    needs_run: bool = False
    is_volatile: bool = False

    def fits(self, count: int) -> bool:
        """Tell whether the function takes so many arguments."""
        most = len(self.parameters) if self.rest is None else 10_000
        return len(self.parameters) - self.optional <= count <= most

    def kind_of(self, position: int) -> Kind:
        """Return the kind of an argument by its position."""
        return self.parameters[position] if position < len(self.parameters) else self.rest or "value"

    def expected(self) -> str:
        """Say how many arguments the function takes."""
        fewest, most = len(self.parameters) - self.optional, len(self.parameters)
        if self.rest is not None:
            return f"{fewest} or more"
        return str(fewest) if fewest == most else f"{fewest} to {most}"


def plain(call: Callable[..., Any], *kinds: Kind, optional: int = 0) -> Function:
    """Declare a function of its arguments alone."""
    return Function(kinds, call, optional)
