"""Which places of a form an expression looks at, found without evaluating it.

Paths are followed through the form's tree instead of a document's. Lists of choices have no places.
"""

from dataclasses import dataclass, field

from forms_spec.expression_errors import unknown_reference
from forms_spec.places import Place
from forms_spec.xpath.functions import FUNCTIONS
from forms_spec.xpath.syntax import Binary, Call, Constant, Filter, Negation, Path, Step, Syntax, Union, parts_of

Found = list[Place] | None
"""The places that nodes may stand at; None where they stand in no form, or are no nodes."""

_OWN_ANSWER = frozenset({"once", "if", "coalesce"})
"""Functions in which a calculation may look at its own answer, to keep it."""

_LABELS = "jr:choice-name"
"""It says something else in each of the form's languages."""

_META = "meta"


@dataclass(slots=True)
class References:
    """What an expression looks at; `strays` are bare words that name nothing, such as a yes without quotes."""

    paths: set[str] = field(default_factory=set)
    strays: set[str] = field(default_factory=set)
    is_volatile: bool = False


def references_of(syntax: Syntax, current: Place, top: Place) -> References:
    """Find what an expression of the place `current` looks at, `top` being the document.

    Raises ExpressionError for a path to no place.
    """
    search = _Search(current, top)
    search.found(syntax, [current], guarded=False)
    return search.references


@dataclass(slots=True)
class _Search:
    current: Place
    top: Place
    references: References = field(default_factory=References)

    def found(self, syntax: Syntax, here: Found, *, guarded: bool) -> Found:
        match syntax:
            case Path():
                return self._path(syntax, here, guarded)
            case Call():
                return self._call(syntax, here, guarded)
            case Filter(nodes, predicates):
                places = self.found(nodes, here, guarded=guarded)
                self._inside(predicates, places)
                return places
            case Union(parts):
                results = [self.found(part, here, guarded=guarded) for part in parts]
                return [place for result in results for place in result or ()]
            case Negation() | Binary() | Constant():
                for part in parts_of(syntax):
                    self.found(part, here, guarded=guarded)
        return None

    def _call(self, call: Call, here: Found, guarded: bool) -> Found:
        function = FUNCTIONS.get(call.name)
        self.references.is_volatile |= call.name == _LABELS or (function is not None and function.is_volatile)
        guarded = guarded or call.name in _OWN_ANSWER
        results = [self.found(argument, here, guarded=guarded) for argument in call.arguments]
        if call.name == "current":
            return [self.current]
        return results[0] if call.name in ("indexed-repeat", "randomize") and results else None

    def _path(self, path: Path, here: Found, guarded: bool) -> Found:
        places = self._start(path, here, guarded)
        guarded = guarded or any(step.predicates for step in path.steps)
        for step in path.steps:
            if places is None:
                self._inside(step.predicates, None)
                continue
            places = self._step(step, places, path)
            self._inside(step.predicates, places)
        for place in places or ():
            if not (guarded and place is self.current):
                self.references.paths.add(place.path)
        return places

    def _start(self, path: Path, here: Found, guarded: bool) -> Found:
        if path.start == "root":
            return [self.top]
        if path.start == "here":
            return here
        assert not isinstance(path.start, str)
        return self.found(path.start, here, guarded=guarded)

    def _step(self, step: Step, places: list[Place], path: Path) -> Found:
        if step.test == _META or step.axis == "attribute":
            return None
        found = list({id(place): place for origin in places for place in _along(step, origin)}.values())
        if not found and places and step.axis == "child":
            if path.start != "here" or len(path.steps) > 1:
                raise unknown_reference(_written(path))
            self.references.strays.add(step.test)
        return found

    def _inside(self, predicates: tuple[Syntax, ...], places: Found) -> None:
        for predicate in predicates:
            self.found(predicate, places, guarded=True)


def _along(step: Step, origin: Place) -> list[Place]:
    reached = _reached(step.axis, origin)
    return [place for place in reached if step.test in ("*", "node()", place.name) and (place.name or step.test != "*")]


def _reached(axis: str, origin: Place) -> list[Place]:
    around = [] if origin.parent is None else [origin.parent]
    match axis:
        case "child":
            return list(origin.children.values())
        case "self":
            return [origin]
        case "parent":
            return around
        case "descendant" | "descendant-or-self":
            return list(origin.below())[axis == "descendant" :]
        case "ancestor" | "ancestor-or-self":
            while around and around[-1].parent is not None:
                around.append(around[-1].parent)
            return [origin, *around] if axis == "ancestor-or-self" else around
        case "following-sibling" | "preceding-sibling":
            return [sibling for place in around for sibling in place.children.values()]
    while origin.parent is not None:
        origin = origin.parent
    return list(origin.below())


def _written(path: Path) -> str:
    steps = [".." if step.axis == "parent" else step.test for step in path.steps]
    return ("/" if path.start == "root" else "") + "/".join(steps)
