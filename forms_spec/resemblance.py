"""Which known word a misspelt one was meant to be."""

from collections.abc import Iterable

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

_LEAST = 0.6


def alike(word: str, known: Iterable[str], least: float = _LEAST) -> str | None:
    """Return the known word that a word is most like, if any is like it enough; case does not count.

    A word that is known is like itself. `least` is the share of letters that need no change.
    """
    names = list(known)
    found = process.extractOne(
        word,
        names,
        processor=str.lower,
        scorer=DamerauLevenshtein.normalized_similarity,
        score_cutoff=least,
    )
    return found[0] if found is not None else None


def did_you_mean(word: str, known: Iterable[str]) -> tuple[str, str]:
    """Return the question what a word was meant to be, in English and Chinese; blank where nothing is like it."""
    meant = alike(word, known)
    return (f" Did you mean {meant}?", f"是否指 {meant}？") if meant is not None and meant != word else ("", "")
