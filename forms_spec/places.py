"""The tree of a form: groups, repeats and questions by their path, as an instance of the form has them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from forms_spec.spec import Field, FormSpec, Section


@dataclass(eq=False, slots=True)
class Place:
    """A place of a form: a question or a repeat where `asked` is set, a group where `section` is, else the root.

    `names` are the questions and repeats whose answers stand side by side in the flat data of this place.
    """

    name: str
    path: str
    parent: "Place | None" = None
    asked: Field | None = None
    section: Section | None = None
    children: dict[str, "Place"] = field(default_factory=dict)
    names: frozenset[str] = frozenset()

    @property
    def is_repeat(self) -> bool:
        """Tell whether members stand here."""
        return self.asked is not None and self.asked.type == "repeat"

    def below(self) -> Iterator["Place"]:
        """Yield this place and all inside of it, in the form's order."""
        yield self
        for child in self.children.values():
            yield from child.below()


@dataclass(frozen=True, slots=True)
class Places:
    """The places of a form; `top` is the document around the root."""

    top: Place
    root: Place
    by_path: dict[str, Place]

    @classmethod
    def of(cls, spec: FormSpec) -> "Places":
        """Lay out the places of a form."""
        paths = [*(entry.path for entry in spec.fields), *(section.path for section in spec.sections)]
        name = paths[0].split("/")[1] if paths else "data"
        top = Place("", "")
        root = top.children[name] = Place(name, f"/{name}", top)
        _grow(root, spec.fields)
        for section in spec.sections:
            _reach(root, section.path).section = section
        return cls(top, root, {place.path: place for place in root.below()})


def _grow(place: Place, fields: tuple[Field, ...]) -> None:
    place.names = frozenset(entry.name for entry in fields)
    for entry in fields:
        inner = _reach(place, entry.path)
        inner.asked = entry
        _grow(inner, entry.fields)


def _reach(place: Place, path: str) -> Place:
    for step in path.removeprefix(f"{place.path}/").split("/"):
        if step not in place.children:
            place.children[step] = Place(step, f"{place.path}/{step}", place)
        place = place.children[step]
    return place
