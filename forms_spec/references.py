"""Where a question of the form stands, and which question a path in an expression means."""

from dataclasses import dataclass, field

from forms_spec.expression_errors import unknown_reference, unsupported_path
from forms_spec.spec import Field, FormSpec


@dataclass(frozen=True, slots=True)
class Places:
    """The paths of a form's questions: `repeat_of` gives the repeats around each, `by_name` finds `${name}`."""

    repeats_of: dict[str, tuple[str, ...]] = field(default_factory=dict)
    by_name: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, spec: FormSpec) -> "Places":
        """Collect the places of a form's questions."""
        places = cls()
        places._collect(spec.fields, ())
        return places

    def _collect(self, fields: tuple[Field, ...], repeats: tuple[str, ...]) -> None:
        for entry in fields:
            self.repeats_of[entry.path] = repeats
            self.by_name.setdefault(entry.name, entry.path)
            self._collect(entry.fields, (*repeats, entry.path))

    def resolve(self, reference: str, context: str) -> str:
        """Return the path of the question that a reference means, seen from the question at `context`.

        Raises ExpressionError when there is no such question, or when it lies in a repeat that is not around
        the context, where it would mean several values.
        """
        path = self._absolute(reference, context)
        repeats = self.repeats_of.get(path)
        if repeats is None:
            raise unknown_reference(reference)
        if not all(context.startswith(f"{repeat}/") for repeat in repeats):
            raise unsupported_path(reference)
        return path

    def _absolute(self, reference: str, context: str) -> str:
        if reference.startswith("${"):
            return self.by_name.get(reference[2:-1].strip(), reference)
        if reference.startswith("/"):
            return reference
        steps = [step for step in context.split("/") if step]
        for step in reference.split("/"):
            if step == "..":
                steps = steps[:-1]
            elif step != ".":
                steps.append(step)
        return "/" + "/".join(steps)
