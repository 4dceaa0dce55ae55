"""What one evaluation may know and spend: the moment, the seed, the lists of choices, and a budget of steps.

Expressions read no clock and draw no numbers of their own: who evaluates says when and with which seed.
"""

import random
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from forms_spec.expression_errors import too_costly, too_much_text
from forms_spec.xpath.nodes import Item, Node

MAX_STEPS = 2_000_000
"""How many nodes one document's rules may look at, all together: about a second."""

MAX_TEXT = 100_000
"""How many characters a text may have that an expression makes."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """When and where a document is filled in: `now` with the tablet's time zone; `seed` of what is drawn."""

    now: datetime
    seed: str = ""
    language: str = ""

    @classmethod
    def on(cls, day: str) -> "Circumstances":
        """Return the start of an ISO date, UTC. Raises ValueError when it is none."""
        return cls(datetime.fromisoformat(day).replace(tzinfo=UTC))


Indexes = dict[tuple[int, str], dict[str, list[Node]]]
"""The rows of lists by the text of a column, by the list's identity; lists live as long as their form."""

Lists = Mapping[str, Callable[[], Node]]
"""The secondary instances by name: their roots, made when first asked for."""


@dataclass(slots=True)
class Run:
    """One evaluation under way; `left` is what remains of its budget of steps."""

    circumstances: Circumstances
    root: Node
    lists: Lists
    left: int = MAX_STEPS
    zone: tzinfo = UTC
    indexes: "Indexes" = field(default_factory=dict)
    _random: random.Random | None = None

    def __post_init__(self) -> None:
        """Take the time zone of the circumstances."""
        self.zone = self.circumstances.now.tzinfo or UTC

    def spend(self, steps: int) -> None:
        """Take steps from the budget. Raises TooCostlyError when it is spent."""
        self.left -= steps
        if self.left < 0:
            raise too_costly()

    def made(self, text: str) -> str:
        """Take from the budget what a text costs. Raises TooCostlyError when it is too long."""
        if len(text) > MAX_TEXT:
            raise too_much_text(MAX_TEXT)
        self.spend(len(text) >> 6)
        return text

    def is_whole_list(self, nodes: list[Node]) -> bool:
        """Tell whether nodes are all rows of a list of choices."""
        first = nodes[0]
        return isinstance(first, Item) and first.parent is not None and first.parent.children.get("item") is nodes

    def rows_with(self, items: list[Node], column: str, text: str) -> list[Node]:
        """Return the rows of a whole list whose cell in a column is a text; an index is made when first asked."""
        key = (id(items), column)
        index = self.indexes.get(key)
        if index is None:
            self.spend(len(items))
            index = {}
            for item in items:
                for cell in item.children.get(column, ()):
                    index.setdefault(cell.text, []).append(item)
            self.indexes[key] = index
        return index.get(text, [])

    def drawn(self) -> float:
        """Draw a number from 0 to below 1, by the seed."""
        return self._draws().random()

    def drawn_uuid(self) -> str:
        """Draw a random UUID, by the seed."""
        return str(uuid.UUID(int=self._draws().getrandbits(128), version=4))

    def _draws(self) -> random.Random:
        if self._random is None:
            self._random = random.Random(self.circumstances.seed)
        return self._random


class Context:
    """What an expression is evaluated for: a node, its position among those looked at, and the outermost node."""

    __slots__ = ("current", "node", "position", "run", "size")

    def __init__(self, run: Run, node: Node, current: Node, position: int = 1, size: int = 1) -> None:
        """Set the scene; `current` is the node whose rule this is."""
        self.run = run
        self.node = node
        self.current = current
        self.position = position
        self.size = size
