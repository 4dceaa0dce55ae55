"""Check a document against its form: what a tablet would have refused, the server names.

`Validator` compiles a form once; `findings` then reads one document: it lays the answers out as a tree,
settles what is relevant and what is calculated, and lists what is wrong in the form's order. Answers to
what is irrelevant are kept, and flagged.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from forms_spec.answers import is_absent, is_of_type, selected_values
from forms_spec.documents import Tree, field_path
from forms_spec.expression_errors import TooCostlyError
from forms_spec.findings import Finding, Findings
from forms_spec.lists import lists_of
from forms_spec.rules import Rule, compile_rules
from forms_spec.settling import settle
from forms_spec.spec import TYPES_WITHOUT_DATA, FormSpec
from forms_spec.xpath.nodes import Node
from forms_spec.xpath.run import Circumstances, Context, Indexes, Run
from forms_spec.xpath.values import to_number


class Validator:
    """The rules of one form version, compiled; safe to share between threads."""

    def __init__(self, spec: FormSpec) -> None:
        """Compile a form's rules.

        Raises ExpressionError when one of its expressions is malformed or has no meaning.
        """
        self.spec = spec
        self.rules = compile_rules(spec)
        self._say = Findings(spec.languages)
        self._lists = lists_of(spec)
        self._indexes: Indexes = {}

    def findings(self, data: Mapping[str, Any], missing: Mapping[str, str], at: "Circumstances | str") -> list[Finding]:
        """List what is wrong with a document's `data`, given its `missing` reasons.

        `at` says when it was filled in, a date being its start in UTC. A required answer that has a reason is no error.
        """
        circumstances = Circumstances.on(at) if isinstance(at, str) else at
        tree = Tree(self.rules.places, data, self.rules.watched)
        run = Run(circumstances, tree.top, self._lists, indexes=self._indexes)
        return list(_Check(self, tree, run, data, missing).all())

    @property
    def say(self) -> Findings:
        """The words for what is found."""
        return self._say


def validate(
    spec: FormSpec, data: Mapping[str, Any], missing: Mapping[str, str], at: Circumstances | str
) -> list[Finding]:
    """Check one document; to check many, keep a Validator."""
    return Validator(spec).findings(data, missing, at)


@dataclass(slots=True)
class _Check:
    """One document being checked."""

    validator: Validator
    tree: Tree
    run: Run
    data: Mapping[str, Any]
    missing: Mapping[str, str]
    differing: dict[int, str] = field(default_factory=dict)

    def all(self) -> Iterator[Finding]:
        say = self.validator.say
        try:
            for _, node, reckoned in settle(self.validator.rules, self.tree, self.run):
                self.differing[id(node)] = reckoned
            yield from self._inside(self.tree.root, self.data)
        except TooCostlyError as error:
            yield say.too_costly(error)

    def _inside(self, node: Node, data: Mapping[str, Any]) -> Iterator[Finding]:
        """Yield what is wrong with the answers of the root or of a repeat's member, and what has no question."""
        yield from self._children(node)
        unknown = [name for name in data if name not in node.place.names]
        before = field_path(node)
        yield from (self.validator.say.unknown_field(f"{before}.{name}" if before else name) for name in unknown)

    def _children(self, node: Node) -> Iterator[Finding]:
        for name, place in node.place.children.items():
            alike = node.children[name]
            if place.asked is None:
                yield from self._children(alike[0])
            elif place.is_repeat:
                yield from self._repeat(node, self.validator.rules.by_path[place.path], alike)
            elif place.asked.type not in TYPES_WITHOUT_DATA:
                yield from self._answer(self.validator.rules.by_path[place.path], alike[0])

    def _repeat(self, parent: Node, rule: Rule, members: list[Node]) -> Iterator[Finding]:
        say, asked = self.validator.say, rule.place.asked
        assert asked is not None
        place = _path_inside(parent, asked.name)
        answer = self._recorded(parent, asked.name)
        if not is_absent(answer) and not is_of_type(asked, answer):
            yield say.wrong_type(asked, place)
            return
        if members and not any(member.relevant for member in members):
            yield say.irrelevant(asked, place)
            return
        if rule.repeat_count is not None and parent.relevant:
            expected = to_number(rule.repeat_count.evaluate(Context(self.run, parent, parent)), self.run.zone)
            if expected >= 0 and int(expected) != len(members):
                yield say.wrong_count(asked, place, int(expected), len(members))
        for member in members:
            yield from self._inside(member, member.answer)

    def _recorded(self, parent: Node, name: str) -> Any:
        around: Node | None = parent
        while around is not None and around.place.asked is None and around.parent is not None:
            around = around.parent
        data = self.data if around is None or around.place.asked is None else around.answer
        return data.get(name)

    def _answer(self, rule: Rule, node: Node) -> Iterator[Finding]:
        say, asked, context = self.validator.say, rule.place.asked, Context(self.run, node, node)
        assert asked is not None
        if is_absent(node.answer):
            if node.relevant and self._is_required(rule, node, context):
                yield say.required(asked, field_path(node))
        elif not node.relevant:
            yield say.irrelevant(asked, field_path(node))
        elif not is_of_type(asked, node.answer):
            yield say.wrong_type(asked, field_path(node))
        else:
            yield from self._choices(rule, node, context)
            if rule.constraint is not None and not rule.constraint.holds(context):
                yield say.broken_constraint(asked, field_path(node))
            if (reckoned := self.differing.get(id(node))) is not None:
                yield say.other_calculation(asked, field_path(node), reckoned)

    def _is_required(self, rule: Rule, node: Node, context: Context) -> bool:
        asked = rule.place.asked
        if rule.required is None or asked is None or asked.owner is not None or node.text.strip():
            return False
        is_excused = asked.name in self.missing and node.parent is not None and not _is_in_repeat(node)
        return not is_excused and rule.required.holds(context)

    def _choices(self, rule: Rule, node: Node, context: Context) -> Iterator[Finding]:
        asked = rule.place.asked
        assert asked is not None
        is_one = asked.type == "select_one"
        chosen = [node.text] if is_one else selected_values(node.answer) if asked.type in _SELECTIONS else []
        known = [value for value in chosen if rule.choices is None or value in rule.choices]
        place, say = field_path(node), self.validator.say
        yield from (say.unknown_choice(asked, place, value) for value in chosen if value not in known)
        if rule.itemset is None or not known:
            return
        if is_one:
            if not rule.itemset.offers(node.text, context):
                yield say.filtered_choice(asked, place, node.text)
            return
        offered = rule.itemset.all_values(context)
        yield from (say.filtered_choice(asked, place, value) for value in known if value not in offered)


_SELECTIONS = frozenset({"select_multiple", "rank"})


def _is_in_repeat(node: Node) -> bool:
    around = node.parent
    while around is not None and not around.place.is_repeat:
        around = around.parent
    return around is not None


def _path_inside(parent: Node, name: str) -> str:
    before = field_path(parent)
    return f"{before}.{name}" if before else name
