"""The rules of a form, compiled: one `Rule` a place, in the form's order and in order of dependency.

A question is relevant when its own condition and those of all groups and repeats around it hold.
Conditions and calculations depend on each other's questions; a cycle among them has no meaning and is
refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from forms_spec.expression_errors import ExpressionError
from forms_spec.expressions import Expression, Expressions
from forms_spec.itemsets import Itemset, compile_itemset, itemset_of
from forms_spec.places import Place, Places
from forms_spec.spec import FormSpec

EXPRESSION_COLUMNS = {
    "relevant": "relevant",
    "required": "required",
    "constraint": "constraint",
    "calculation": "calculation",
    "repeat_count": "repeat_count",
}
"""The attribute of a field that holds an expression, and the column of the survey sheet it comes from."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The compiled rules of one place; `choices` is None where any text will do."""

    place: Place
    relevant: Expression | None = None
    required: Expression | None = None
    constraint: Expression | None = None
    calculation: Expression | None = None
    repeat_count: Expression | None = None
    itemset: Itemset | None = None
    choices: frozenset[str] | None = None
    is_steady: bool = True
    """Whether the calculation says the same whenever it is worked out."""

    def expressions(self) -> Iterator[tuple[str, Expression]]:
        """Yield the expressions with the column each comes from."""
        for attribute, column in EXPRESSION_COLUMNS.items():
            if (expression := getattr(self, attribute)) is not None:
                yield column, expression
        if self.itemset is not None:
            yield "choice_filter", self.itemset.offered


@dataclass(frozen=True)
class Rules:
    """All rules of a form: by path, and those that depend on other answers in the order to settle them."""

    spec: FormSpec
    places: Places
    by_path: dict[str, Rule]
    dependent: tuple[Rule, ...]

    @cached_property
    def watched(self) -> frozenset[str]:
        """The paths of the places whose rules depend on other answers."""
        return frozenset(rule.place.path for rule in self.dependent)


_MOST_NAMED = 10
"""How many questions of a circle are named."""


class CyclicRulesError(ExpressionError):
    """Conditions or calculations that depend on themselves; `path` and `column` are where one of them refers on."""

    def __init__(self, cycle: list[str], path: str, column: str) -> None:
        shown = cycle if len(cycle) <= _MOST_NAMED + 1 else cycle[:_MOST_NAMED]
        names = " → ".join(path.rsplit("/", 1)[-1] for path in shown)
        more = len(set(cycle)) - len(set(shown))
        and_more, and_more_zh = (f", and {more:,} more", f"，另有 {more:,} 个") if more else ("", "")
        super().__init__(
            code="expression-cycle",
            message=f"These questions depend on each other in a circle: {names}{and_more}.",
            message_zh=f"以下问题循环依赖：{names}{and_more_zh}。",
            remedy="Remove one of the references in their relevant or calculation columns.",
            remedy_zh="请在 relevant 或 calculation 列中去掉其中一个引用。",
        )
        self.path, self.column = path, column


def compile_rules(spec: FormSpec) -> Rules:
    """Compile all rules of a form.

    Raises ExpressionError at the first expression that cannot be compiled; CyclicRulesError at a circle.
    """
    rules, faults = compile_each(spec)
    for _, _, error in faults:
        raise error
    return in_dependency(spec, rules)


Fault = tuple[str, str, ExpressionError]
"""The path and the column of an expression that cannot be compiled, and why."""


def compile_each(spec: FormSpec) -> tuple[dict[str, Rule], list[Fault]]:
    """Compile what can be compiled of a form's rules, and list what cannot."""
    compiler = _Compiler(Expressions.of(spec), [])
    rules = {place.path: compiler.rule(place) for place in compiler.expressions.places.root.below()}
    return rules, compiler.faults


@dataclass(frozen=True, slots=True)
class _Compiler:
    expressions: Expressions
    faults: list[Fault]

    def rule(self, place: Place) -> Rule:
        if place.asked is None:
            return Rule(place, relevant=self._compiled(place, "relevant"))
        listed = self.expressions.spec.choices.get(place.asked.choices or "")
        return Rule(
            place,
            relevant=self._compiled(place, "relevant"),
            required=self._compiled(place, "required"),
            constraint=self._compiled(place, "constraint"),
            calculation=self._compiled(place, "calculation"),
            repeat_count=self._compiled(place, "repeat_count"),
            itemset=self._itemset(place),
            choices=frozenset(choice.value for choice in listed) if listed is not None else None,
        )

    def _compiled(self, place: Place, attribute: str) -> Expression | None:
        text = getattr(place.asked or place.section, attribute, None)
        if not text:
            return None
        try:
            return self.expressions.compile(text, place)
        except ExpressionError as error:
            self.faults.append((place.path, EXPRESSION_COLUMNS[attribute], error))
            return None

    def _itemset(self, place: Place) -> Itemset | None:
        field = place.asked
        if field is None or itemset_of(field) is None:
            return None
        if field.choices is not None and field.choices not in self.expressions.spec.choices:
            return None
        try:
            return compile_itemset(field, place, self.expressions)
        except ExpressionError as error:
            self.faults.append((place.path, "choice_filter", error))
            return None


def in_dependency(spec: FormSpec, rules: dict[str, Rule]) -> Rules:
    """Put the rules of a form in the order to settle them. Raises CyclicRulesError."""
    graph = {path: _needed(rule, rules) for path, rule in rules.items()}
    try:
        order = [rules[path] for path in TopologicalSorter(graph).static_order()]
    except CycleError as error:
        cycle = error.args[1]
        raise CyclicRulesError(cycle, *_referring(cycle, rules)) from None
    unsteady: set[str] = set()
    dependent = []
    for rule in order:
        settling = _settling(rule)
        if any(one.is_volatile for one in settling) or graph[rule.place.path] & unsteady:
            unsteady.add(rule.place.path)
        if settling:
            dependent.append(replace(rule, is_steady=rule.place.path not in unsteady))
    return Rules(spec, _places(rules), rules | {rule.place.path: rule for rule in dependent}, tuple(dependent))


def _referring(cycle: list[str], rules: dict[str, Rule]) -> tuple[str, str]:
    """Return the first path and column of a circle that refer to the one before; what is around refers to nothing."""
    return next(
        (path, column)
        for needed, path in pairwise(cycle)
        for column in ("calculation", "relevant")
        if (expression := getattr(rules[path], column)) is not None and needed in expression.references
    )


def _places(rules: dict[str, Rule]) -> Places:
    root = next(iter(rules.values())).place
    assert root.parent is not None
    return Places(root.parent, root, {path: rule.place for path, rule in rules.items()})


def _settling(rule: Rule) -> list[Expression]:
    return [expression for expression in (rule.relevant, rule.calculation) if expression is not None]


def _needed(rule: Rule, rules: dict[str, Rule]) -> set[str]:
    references = {path for expression in _settling(rule) for path in expression.references}
    around = {rule.place.parent.path} if rule.place.parent is not None else set()
    return (references | around) & rules.keys()
