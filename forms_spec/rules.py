"""The rules of a form, compiled: one `Rule` a field, in the form's order and in order of dependency.

A question is relevant when its own condition and those of all sections around it hold. Conditions
and calculations depend on each other's questions; a cycle among them has no meaning and is refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from forms_spec.expression_errors import ExpressionError
from forms_spec.expressions import Expression, Scope, compile_expression
from forms_spec.references import Places
from forms_spec.spec import Field, FormSpec

EXPRESSION_COLUMNS = {
    "relevant": "relevant",
    "required": "required",
    "constraint": "constraint",
    "calculation": "calculation",
}
"""The attribute of a field that holds an expression, and the column of the survey sheet it comes from."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The compiled rules of one field; `choices` is None where any text will do."""

    field: Field
    relevant: tuple[Expression, ...]
    required: Expression | None
    constraint: Expression | None
    calculation: Expression | None
    choices: frozenset[str] | None
    members: "Container | None"

    def is_relevant(self, scope: Scope) -> bool:
        """Tell whether the question is to be asked, given the other answers."""
        return all(condition.holds(scope) for condition in self.relevant)


@dataclass(frozen=True, slots=True)
class Container:
    """The rules of a document or of a repeat's member: by name, and those with a dependency in its order."""

    rules: dict[str, Rule]
    dependent: tuple[Rule, ...]


class CyclicRulesError(ExpressionError):
    """Conditions or calculations that depend on themselves; `path` is the question where this was noticed."""

    def __init__(self, cycle: list[str]) -> None:
        names = " → ".join(path.rsplit("/", 1)[-1] for path in cycle)
        super().__init__(
            code="expression-cycle",
            message=f"These questions depend on each other in a circle: {names}.",
            message_zh=f"以下问题循环依赖：{names}。",
            remedy="Remove one of the references in their relevant or calculation columns.",
            remedy_zh="请在 relevant 或 calculation 列中去掉其中一个引用。",
        )
        self.path = cycle[0]


def compile_rules(spec: FormSpec) -> Container:
    """Compile all rules of a form.

    Raises ExpressionError at the first expression that cannot be compiled; CyclicRulesError at a circle.
    """
    return _Compiler(spec, Places.of(spec)).container(spec.fields)


@dataclass(frozen=True, slots=True)
class _Compiler:
    spec: FormSpec
    places: Places

    def container(self, fields: tuple[Field, ...]) -> Container:
        rules = {field.name: self._rule(field) for field in fields}
        return Container(rules, tuple(_by_dependency(list(rules.values()))))

    def _rule(self, field: Field) -> Rule:
        known = self.spec.choices.get(field.choices or "")
        return Rule(
            field=field,
            relevant=tuple(self._conditions(field)),
            required=self._optional(field.required, field.path),
            constraint=self._optional(field.constraint, field.path),
            calculation=self._optional(field.calculation, field.path),
            choices=frozenset(choice.value for choice in known) if known is not None else None,
            members=self.container(field.fields) if field.type == "repeat" else None,
        )

    def _conditions(self, field: Field) -> Iterator[Expression]:
        for path, text in conditions_of(field, self.spec):
            yield compile_expression(text, path, self.places)

    def _optional(self, text: str | None, path: str) -> Expression | None:
        return compile_expression(text, path, self.places) if text else None


def conditions_of(field: Field, spec: FormSpec) -> Iterator[tuple[str, str]]:
    """Yield the path and text of each condition that governs a field: those of its sections, then its own."""
    sections = {section.path: section for section in spec.sections}
    path, around = field.section, []
    while path is not None and (section := sections.get(path)) is not None:
        around.append(section)
        path = section.parent
    for section in reversed(around):
        if section.relevant:
            yield section.path, section.relevant
    if field.relevant:
        yield field.path, field.relevant


def _by_dependency(rules: list[Rule]) -> Iterator[Rule]:
    dependent = {rule.field.path: rule for rule in rules if rule.relevant or rule.calculation}
    graph = {path: _references(rule) & dependent.keys() for path, rule in dependent.items()}
    try:
        return iter([dependent[path] for path in TopologicalSorter(graph).static_order()])
    except CycleError as error:
        raise CyclicRulesError(error.args[1]) from None


def _references(rule: Rule) -> set[str]:
    expressions = (*rule.relevant, rule.calculation)
    return {path for expression in expressions if expression for path in expression.references}
