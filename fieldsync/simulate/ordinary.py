"""An ordinary day's work: doors knocked at, a few answers brought up to date, households handed in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from fieldsync.simulate.homes import Home, submit, visit
from fieldsync.simulate.stage import Stage
from fieldsync.simulate.tablet import Tablet

Answer = Callable[[Random], Any]

HOUSEHOLD: dict[str, Answer] = {
    "phone": lambda chance: f"121555{chance.randrange(100_000):05}",
    "size_stated": lambda chance: chance.randint(1, 7),
    "note": lambda chance: chance.choice(("周末在家", "晚七点后在家", "有宠物", "请提前电话预约")),
}
PERSON: dict[str, Answer] = {
    "phone": lambda chance: f"122555{chance.randrange(100_000):05}",
    "employer": lambda chance: chance.choice(("成都地铁公司", "武侯中学", "华西医院", "个体经营", "科华物业公司")),
    "occupation": lambda chance: chance.choice(("教师", "护士", "厨师", "会计", "司机", "软件工程师", "退休")),
    "education": lambda chance: chance.choice(("21", "31", "41", "61", "71")),
    "marital_status": lambda chance: chance.choice(("20", "22", "40")),
}
DWELLING: dict[str, Answer] = {
    "rooms": lambda chance: chance.randint(1, 6),
    "area_m2": lambda chance: chance.randint(35, 160),
    "tenure": lambda chance: chance.choice(("owned", "rented", "employer")),
}


def ordinary_work(stage: Stage, tablet: Tablet, cell: str, homes: int) -> int:
    """Visit some households of a cell, each with a change or two, and hand them in; returns how many edits it took.

    What happens follows from the collector and the cell alone, so that every run of the day writes the same.
    """
    chance = Random(f"{tablet.user}/{cell}/{tablet.written}")
    called = [stage.claim(tablet, cell) for _ in range(homes)]
    stage.met_today.setdefault(cell, []).extend(called)
    return sum(_call_at(tablet, home, chance) for home in called)


def follow_up(tablet: Tablet, homes: Sequence[Home]) -> int:
    """Telephone households that a colleague may have visited today, and write down what they say."""
    chance = Random(f"{tablet.user}/{homes[0].cell if homes else ''}/follow-up")
    questions = ((home, chance.choice(("household", "person", "dwelling"))) for home in homes)
    return sum(_ask(tablet, home, about, chance) for home, about in questions)


def _ask(tablet: Tablet, home: Home, about: str, chance: Random) -> int:
    asked = {"household": (home.household, HOUSEHOLD), "person": (home.persons[0], PERSON)}
    document, questions = asked.get(about, (home.dwelling, DWELLING))
    return _bring_up_to_date(tablet, document, questions, chance)


def _call_at(tablet: Tablet, home: Home, chance: Random) -> int:
    visit(tablet, home, "complete", informant=chance.choice(("户主", "配偶", "父母", "租客")))
    menu = ((home.household, HOUSEHOLD), (home.persons[0], PERSON), (home.dwelling, DWELLING))
    chosen = chance.sample(menu, chance.choice((1, 1, 2, 3)))
    written = sum(_bring_up_to_date(tablet, document, questions, chance) for document, questions in chosen)
    submit(tablet, home)
    return written + 2


def _bring_up_to_date(tablet: Tablet, document: str, questions: dict[str, Answer], chance: Random) -> int:
    """Answer one or two questions anew; 0 where the answers are what they were."""
    names = chance.sample(sorted(questions), chance.choice((1, 1, 2)))
    shown = tablet.shown(document).data
    answers = {name: questions[name](chance) for name in names}
    news = {name: value for name, value in answers.items() if shown.get(name) != value}
    if news:
        tablet.edit(document, news)
    return 1 if news else 0
