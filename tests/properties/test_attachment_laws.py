"""Attachments merge alike whatever the order of the sides, and no new content is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conflict import merge_attachments
from fieldsync.attachments import Stub, digest_of, merged_stubs

CONTENTS = [b"a", b"bb", b"ccc"]


def stub(content: bytes, revpos: int = 1, content_type: str = "image/png") -> Stub:
    """Return the stub of a content."""
    return Stub(content_type, revpos, digest_of(content), len(content))


BESIDE = {name for one in CONTENTS for name in merged_stubs(None, [{"p.png": stub(one)}, {"p.png": stub(b"zzzz", 9)}])}
"""The name itself, and those that its contents get beside another."""
STUBS = st.builds(stub, st.sampled_from(CONTENTS), st.integers(1, 3), st.sampled_from(["image/png", "text/plain"]))
SIDES = st.dictionaries(st.sampled_from(sorted({*BESIDE, "q"})), STUBS)


@given(st.none() | SIDES, st.lists(SIDES, max_size=4), st.randoms())
def test_the_order_of_the_sides_does_not_matter(base, sides, random) -> None:
    """Any order gives the same."""
    shuffled = random.sample(sides, len(sides))
    assert merged_stubs(base, shuffled) == merged_stubs(base, sides)


@given(st.none() | SIDES, SIDES)
def test_one_side_alone_is_that_side(base, side) -> None:
    """Alone, or met by itself, or by one that changed nothing."""
    assert merged_stubs(base, [side]) == merged_stubs(base, [side, side]) == side
    assert merged_stubs(base, [side, base or {}]) == side


@given(st.none() | SIDES, st.lists(SIDES, max_size=4))
def test_no_new_content_is_lost(base, sides) -> None:
    """What any side put under a name that had another content is there, and nothing that no side or base had."""
    before = base or {}
    digests = {one.digest for one in merged_stubs(base, sides).values()}
    changed = {
        one.digest
        for side in sides
        for name, one in side.items()
        if name not in before or before[name].digest != one.digest
    }
    assert changed <= digests <= {one.digest for side in (before, *sides) for one in side.values()}


@given(st.none() | SIDES, st.lists(SIDES, min_size=1, max_size=4), st.data())
def test_side_already_merged_in_changes_nothing(base, sides, data) -> None:
    """A result merged with sides it was made of, or with a side that changed nothing, is that result."""
    merged = merged_stubs(base, sides)
    again = data.draw(st.lists(st.sampled_from(sides), max_size=3))
    assert merged_stubs(base, [merged, *again]) == merged
    assert merged_stubs(base, [merged, base or {}]) == merged


@given(SIDES, st.lists(SIDES, min_size=1, max_size=4))
def test_what_became_of_each_name_is_told(base, sides) -> None:
    """A name removed by one and given a new content by another is told; so is each content beside the one it met."""
    result = merge_attachments(base, sides, lambda one: (one.revpos, one.digest, one.content_type))
    removed = {name for name in base if any(name not in side for side in sides)}
    renewed = {n for n in base if any(n in side and side[n].digest != base[n].digest for side in sides)}
    assert set(result.outlived) == removed & renewed
    for wanted, place in result.beside:
        assert place.startswith(wanted.partition(".")[0])
        assert result.names[place].digest in {side[wanted].digest for side in sides if wanted in side}
