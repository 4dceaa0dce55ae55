"""Why a cell would change hands and what stands in the way, in sentences, in Chinese and English. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from fieldsync.assignment_proposals.kept import Hindrance, ProposedMove

_CAUSES = {
    "fixed": ("按要求固定", "asked for"),
    "free": ("目前无人负责", "nobody holds it"),
    "absent": ("{before}在此期间不能工作", "{before} cannot work in this period"),
    "apart": ("与{about}的其他网格不相连", "it lies apart from the other cells of {about}"),
    "balance": ("{about}的工作量是应有的{ratio}", "{about} has {ratio} of what is due"),
    "idle": ("{about}的工作量只有应有的{ratio}", "{about} has only {ratio} of what is due"),
}
_HINDRANCES = {
    "heavy_cell": ("单个网格的工作量已超过一人的上限", "one cell is more work than anybody may have"),
    "fixed": ("固定的网格已超过{collector}的上限", "the fixed cells are more than {collector} may have"),
    "island": ("该处与其他网格不相邻", "this ground borders on nobody else's"),
    "torn": ("{collector}的网格不相连，且无法换开", "the cells of {collector} are in pieces that cannot be exchanged"),
    "locked": (
        "{collector}的工作量是应有的{ratio}，与相邻网格交换均不能减轻",
        "{collector} has {ratio} of what is due, and no exchange with neighbours relieves it",
    ),
    "idle": ("没有可分给{collector}的网格", "there is no cell left for {collector}"),
}
_LEFT_OUT = {"away": ("在此期间不能工作", "away all the time"), "no_tablet": ("没有平板", "has no tablet")}
Texts = Mapping[str, str]


def reason_of(move: ProposedMove) -> Texts:
    """Return why a cell would change hands, by language."""
    return _told(_CAUSES[move.cause], before=move.before or "", about=move.about or "", ratio=_percent(move.ratio))


def hindrance_of(hindrance: Hindrance) -> Texts:
    """Return what stands in the way, by language."""
    return _told(_HINDRANCES[hindrance.kind], collector=hindrance.collector or "", ratio=_percent(hindrance.ratio))


def left_out_for(why: str) -> Texts:
    """Return why somebody gets no cell, by language."""
    return _told(_LEFT_OUT[why])


def _told(texts: tuple[str, str], **values: str) -> Texts:
    return {language: text.format(**values) for language, text in zip(("zh", "en"), texts, strict=True)}


def _percent(ratio: float | None) -> str:
    return f"{100 * ratio:.0f} %" if ratio is not None else ""
