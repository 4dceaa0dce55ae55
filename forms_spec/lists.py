"""A form's lists of choices as expressions look them up: `instance('name')/root/item`, a cell an element."""

from collections.abc import Mapping
from functools import cache, partial

from forms_spec.spec import Choice, FormSpec
from forms_spec.xpath.nodes import Item, Node
from forms_spec.xpath.run import Lists


def lists_of(spec: FormSpec) -> Lists:
    """Return the lists of a form by name; each is made when first asked for, and kept."""
    return {name: cache(partial(_list, choices, spec.languages)) for name, choices in spec.choices.items()}


def _list(choices: tuple[Choice, ...], languages: tuple[str, ...]) -> Node:
    instance = Node("instance", None)
    root = Node("root", instance)
    root.children = {"item": [Item(root, _cells(choice, languages), at) for at, choice in enumerate(choices)]}
    instance.children = {"root": [root]}
    return instance


def _cells(choice: Choice, languages: tuple[str, ...]) -> Mapping[str, str]:
    label = next((choice.labels[language] for language in languages if language in choice.labels), "")
    return {"name": choice.value, "label": label} | choice.columns
