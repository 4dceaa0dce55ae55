"""Check a document against its form: what a tablet would have refused, the server names.

`Validator` compiles a form once; `findings` then reads one document: it takes the answers as values,
works out in order of dependency what is relevant and what is calculated (an irrelevant answer counts
as blank for the other rules, as in ODK), and lists what is wrong in the form's order.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from forms_spec import findings
from forms_spec.answers import is_absent, is_of_type, selected_values, value_of
from forms_spec.expressions import Scope
from forms_spec.findings import Finding
from forms_spec.rules import Container, Rule, compile_rules
from forms_spec.spec import TYPES_WITHOUT_DATA, FormSpec
from forms_spec.values import Value


class Validator:
    """The rules of one form version, compiled; pure and safe to share between threads."""

    def __init__(self, spec: FormSpec) -> None:
        """Compile a form's rules.

        Raises ExpressionError when one of its expressions is malformed or not supported.
        """
        self.spec = spec
        self._rules = compile_rules(spec)

    def findings(self, data: Mapping[str, Any], missing: Mapping[str, str], today: str) -> list[Finding]:
        """List what is wrong with a document's `data`, given its `missing` reasons and today's ISO date.

        A required answer that has a reason is no error.
        """
        return list(_check(self._rules, data, missing, Scope({}, today), ""))


def validate(spec: FormSpec, data: Mapping[str, Any], missing: Mapping[str, str], today: str) -> list[Finding]:
    """Check one document; to check many, keep a Validator."""
    return Validator(spec).findings(data, missing, today)


def _check(
    container: Container, data: Mapping[str, Any], missing: Mapping[str, str], around: Scope, prefix: str
) -> Iterator[Finding]:
    values: dict[str, Value] = dict(around.values)
    for name, rule in container.rules.items():
        values[rule.field.path] = value_of(data.get(name))
    scope = Scope(values, around.today)
    irrelevant = _settle(container, values, scope)
    for name, rule in container.rules.items():
        place = prefix + name
        answer = data.get(name)
        if rule.field.type in TYPES_WITHOUT_DATA:
            continue
        if is_absent(answer):
            if name not in irrelevant and name not in missing and _is_required(rule, scope):
                yield findings.required(rule.field, place)
        elif name in irrelevant:
            yield findings.irrelevant(rule.field, place)
        else:
            yield from _check_answer(rule, answer, scope, place)
    yield from (findings.unknown_field(prefix + name) for name in data if name not in container.rules)


def _settle(container: Container, values: dict[str, Value], scope: Scope) -> set[str]:
    irrelevant = set()
    for rule in container.dependent:
        path = rule.field.path
        if rule.calculation is not None and values[path] == "":
            values[path] = rule.calculation.evaluate(scope)
        if not rule.is_relevant(scope):
            values[path] = ""
            irrelevant.add(rule.field.name)
    return irrelevant


def _is_required(rule: Rule, scope: Scope) -> bool:
    return rule.required is not None and rule.field.owner is None and rule.required.holds(scope)


def _check_answer(rule: Rule, answer: Any, scope: Scope, place: str) -> Iterator[Finding]:
    if not is_of_type(rule.field, answer):
        yield findings.wrong_type(rule.field, place)
        return
    if rule.members is not None:
        for number, member in enumerate(answer):
            yield from _check(rule.members, member, {}, scope, f"{place}[{number}].")
    if rule.choices is not None:
        chosen = [answer] if rule.field.type == "select_one" else selected_values(answer)
        yield from (findings.unknown_choice(rule.field, place, value) for value in chosen if value not in rule.choices)
    if rule.constraint is not None and not rule.constraint.holds(scope):
        yield findings.broken_constraint(rule.field, place)
