"""Functions about nodes: look-ups in lists of choices, and their order.

Source: ODK XForms, "Node-set functions"; XPath 1.0, section 4.1.
"""

import hashlib
import math
from collections.abc import Callable

from forms_spec.xpath.functions.declared import Function, plain
from forms_spec.xpath.nodes import Node
from forms_spec.xpath.run import Run
from forms_spec.xpath.values import Value, to_number, to_text

_MODULUS = 2_147_483_647
_FACTOR = 16_807


def _instance(run: Run, name: str) -> list[Node]:
    make = run.lists.get(name)
    return [make()] if make else []


def _pulldata(run: Run, name: str, wanted: str, column: str, text: str) -> str:
    roots = [root for instance in _instance(run, name) for root in instance.children.get("root", ())]
    items = roots[0].children.get("item", []) if roots else []
    rows = run.rows_with(items, column, text) if items else []
    return to_text(rows[0].children.get(wanted, [])) if rows else ""


def _randomize(run: Run, nodes: list[Node], *seed: Value) -> list[Node]:
    """Shuffle nodes: from the same seed into the same order as every tablet does."""
    run.spend(len(nodes))
    draw = _draws(_seed_of(seed[0], run)) if seed else run.drawn
    shuffled: list[Node] = []
    for position, node in enumerate(nodes):
        other = math.floor(draw() * (position + 1))
        shuffled.append(node)
        shuffled[position], shuffled[other] = shuffled[other], node
    return shuffled


def _seed_of(value: Value, run: Run) -> int:
    number = to_number(value, run.zone)
    if not math.isnan(number):
        return int(max(min(number, 2.0**63 - 1025), -(2.0**63)))
    text = to_text(value)
    if not text:
        return 0
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "replace")).digest()[:8], "big", signed=True)


def _draws(seed: int) -> Callable[[], float]:
    """Return the minimal standard generator of Park and Miller, seeded."""
    state = int(math.copysign(abs(seed) % _MODULUS, seed))
    if state <= 0:
        state += _MODULUS - 1

    def draw() -> float:
        nonlocal state
        state = state * _FACTOR % _MODULUS
        return (state - 1) / (_MODULUS - 1)

    return draw


def _name(nodes: list[Node]) -> str:
    return nodes[0].name if nodes else ""


NODESETS: dict[str, Function] = {
    "instance": Function(("text",), _instance, needs_run=True),
    "pulldata": Function(("text", "text", "text", "text"), _pulldata, needs_run=True),
    "randomize": Function(("nodes", "value"), _randomize, optional=1, needs_run=True),
    "name": plain(_name, "nodes"),
    "local-name": plain(_name, "nodes"),
}
