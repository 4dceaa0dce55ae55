"""A form with what its other versions knew: rules and words of questions that are not asked any more."""

from forms_spec.items import admission
from forms_spec.lineage import foreign_fields, with_others
from forms_spec.spec import Choice, Field, FormSpec


def field(name: str, type_: str = "text", **more: object) -> Field:
    return Field(name=name, type=type_, path=f"/f/{name}", **more)  # type: ignore[arg-type]


def spec(version: str, *fields: Field, **choices: tuple[Choice, ...]) -> FormSpec:
    return FormSpec(id="f", version=version, title={}, languages=("en",), fields=fields, choices=choices)


def test_a_removed_question_keeps_its_marks() -> None:
    """A secret that is not asked any more is still masked, reviewed and admitted as it was."""
    old = spec("1", field("a"), field("secret", sensitive=True, key=True, admit="street"))
    whole = with_others(spec("2", field("a")), [old])
    assert (whole.version, whole.sensitive_fields()) == ("2", frozenset({"secret"}))
    assert whole.merge_rules()["secret"] == {"key": True}
    assert admission(whole, "secret").admit == "street"


def test_the_version_in_use_has_the_last_word() -> None:
    """A mark that the new version changed is the new one's; of the others the first that knows a field counts."""
    new, newer, oldest = (
        spec("3", field("a", merge="append")),
        spec("2", field("b", merge="max")),
        spec("1", field("b")),
    )
    rules = with_others(new, [newer, oldest]).merge_rules()
    assert rules == {"a": {"merge": "append"}, "b": {"merge": "max"}}


def test_choices_that_are_gone_keep_their_words() -> None:
    """A document with a choice of an earlier version is still told in words, of a list of the same name too."""
    yes, perhaps, no = Choice("yes", {"en": "Yes"}), Choice("perhaps", {"en": "Perhaps"}), Choice("no", {"en": "No"})
    old = spec("1", field("a", "select_one", choices="l"), field("b", "select_one", choices="l"), l=(yes, perhaps))
    whole = with_others(spec("2", field("a", "select_one", choices="l"), l=(yes, no)), [old])
    assert whole.choice_label("a", "perhaps", "en") == "Perhaps"
    assert whole.choice_label("a", "no", "en") == "No"
    assert whole.choice_label("b", "perhaps", "en") == "Perhaps"


def test_a_removed_member_of_a_group_merges_as_the_group_does() -> None:
    """A group is one item, chosen whole, by the strategy of the version in use."""
    old = spec("1", field("x", group="g", merge="review"), field("y", group="g", merge="review"))
    whole = with_others(spec("2", field("x", group="g", merge="authority")), [old])
    assert whole.merge_rules()["y"] == {"merge": "authority", "group": "g"}


def test_members_of_repeats_have_what_earlier_members_had() -> None:
    """Questions inside a repeat are looked at like those outside."""
    old = spec("1", field("m", "repeat", fields=(field("age", "integer", merge="max"), field("n"))))
    whole = with_others(spec("2", field("m", "repeat", merge="roster", fields=(field("n", key=True),))), [old])
    assert whole.merge_rules()["m"]["fields"] == {"n": {"key": True}, "age": {"merge": "max"}}


def test_foreign_fields_are_those_of_other_versions() -> None:
    """They are no strangers in a document, though its own form does not ask them."""
    assert foreign_fields(spec("2", field("a")), [spec("1", field("a"), field("b"))]) == {"b"}
