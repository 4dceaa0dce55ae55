"""Expressions of forms (relevant, required, constraint, calculation, choice_filter), compiled once.

The language is the XPath of ODK XForms: `forms_spec.xpath` reads and evaluates it; here it meets the
form, whose questions it refers to. What has no meaning is refused when the form is checked, not when a
document is. Evaluation has no clock, no I/O and no randomness of its own, and a budget of steps.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from forms_spec.expression_errors import unknown_reference
from forms_spec.places import Place, Places
from forms_spec.references import references_of
from forms_spec.spec import FormSpec
from forms_spec.xpath.compiler import Compiler
from forms_spec.xpath.parser import MAX_DEPTH, MAX_NODES, parse
from forms_spec.xpath.run import Context
from forms_spec.xpath.syntax import Path, Step, Syntax
from forms_spec.xpath.values import Value, to_boolean

__all__ = ["MAX_DEPTH", "MAX_NODES", "Expression", "Expressions"]

Evaluate = Callable[[Context], Value]


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression: `references` are the paths of the places it looks at, `strays` words that name nothing."""

    text: str
    references: frozenset[str]
    is_volatile: bool
    evaluate: Evaluate
    strays: frozenset[str] = frozenset()

    def holds(self, context: Context) -> bool:
        """Evaluate as a condition."""
        return to_boolean(self.evaluate(context))


@dataclass(frozen=True, slots=True)
class Expressions:
    """Compiles the expressions of one form."""

    spec: FormSpec
    places: Places

    @classmethod
    def of(cls, spec: FormSpec) -> "Expressions":
        """Prepare to compile the expressions of a form."""
        return cls(spec, Places.of(spec))

    def compile(self, text: str, place: Place) -> Expression:
        """Compile an expression of a place.

        Raises ExpressionError when it is malformed, over the budget, calls what there is not, or refers to no question.
        """
        return self.compile_parsed(parse(text), text, place)

    def compile_parsed(self, syntax: Syntax, text: str, place: Place) -> Expression:
        """Compile an expression that is parsed already. Raises ExpressionError."""
        found = references_of(syntax, place, self.places.top)
        evaluate = Compiler(lambda path: self._labels(path, place)).compile(syntax)
        return Expression(text, frozenset(found.paths), found.is_volatile, evaluate, frozenset(found.strays))

    def _labels(self, path: str, place: Place) -> Mapping[str, str]:
        """Return the labels of a question's choices by value, in the form's first language."""
        reached = self._place_at(parse(path), place)
        if reached is None or reached.asked is None:
            raise unknown_reference(path)
        return {
            choice.value: next(
                (choice.labels[one] for one in self.spec.languages if one in choice.labels), choice.value
            )
            for choice in self.spec.choices.get(reached.asked.choices or "", ())
        }

    def _place_at(self, path: Syntax, place: Place | None) -> Place | None:
        if not isinstance(path, Path) or not isinstance(path.start, str):
            return None
        reached = self.places.top if path.start == "root" else place
        for step in path.steps:
            reached = _next(step, reached) if reached is not None else None
        return reached


def _next(step: Step, place: Place) -> Place | None:
    if step.axis == "parent":
        return place.parent
    return place if step.axis == "self" else place.children.get(step.test)
