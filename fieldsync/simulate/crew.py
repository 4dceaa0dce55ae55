"""Who works the day: collectors with their tablets, which of them share cells, and the staff of the offices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from fieldsync.simulate.tablet import Collector

CELLS = 24
CELLS_OF_A_HOLDER = 2
CELLS_OF_A_HELPER = 4
PASSWORD = "field-day-2026"
"""The password of every account of the day: its store lives on loopback and holds invented people only."""

HOUR, YEAR = timedelta(hours=1), timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Post:
    """A collector, whether they hold cells or help in others' cells, and by how much their tablet's clock is wrong."""

    collector: Collector
    role: str = "holder"
    clock_error: timedelta = timedelta()


HOLDERS = (
    Post(Collector("li.na", "李娜", "Li Na")),
    Post(Collector("wang.qiang", "王强", "Wang Qiang", "an hour slow"), clock_error=-HOUR),
    Post(Collector("zhang.min", "张敏", "Zhang Min")),
    Post(Collector("liu.yang", "刘洋", "Liu Yang")),
    Post(Collector("chen.jing", "陈静", "Chen Jing")),
    Post(Collector("yang.bo", "杨波", "Yang Bo")),
    Post(Collector("huang.lei", "黄磊", "Huang Lei")),
    Post(Collector("zhou.ting", "周婷", "Zhou Ting")),
    Post(Collector("wu.gang", "吴刚", "Wu Gang")),
    Post(Collector("xu.hui", "徐慧", "Xu Hui")),
    Post(Collector("sun.tao", "孙涛", "Sun Tao")),
    Post(Collector("ma.yun", "马芸", "Ma Yun")),
)
HELPERS = (
    Post(Collector("zhu.lin", "朱琳", "Zhu Lin", "a year fast"), "helper", YEAR),
    Post(Collector("hu.jun", "胡军", "Hu Jun"), "helper"),
    Post(Collector("guo.xin", "郭欣", "Guo Xin", "a year slow"), "helper", -YEAR),
)


@dataclass(frozen=True, slots=True)
class Official:
    """A member of staff with a desk."""

    user: str
    zh: str
    en: str
    role: str
    area: str


SUPERVISORS = (
    Official("zhao.ping", "赵萍", "Zhao Ping", "supervisor", "510107001"),
    Official("qian.wei", "钱伟", "Qian Wei", "supervisor", "510107005"),
    Official("feng.jie", "冯洁", "Feng Jie", "supervisor", "510107062"),
)
REVIEWER = Official("he.fang", "何芳", "He Fang", "reviewer", "510107")
OFFICIALS = (*SUPERVISORS, REVIEWER)
ADMINISTRATOR = "admin"


def cells_of(posts: Sequence[Post], cells: Sequence[str], share: int) -> dict[str, list[str]]:
    """Deal cells out in order, so many to each collector; returns the cells by login name."""
    return {post.collector.user: list(cells[i * share : (i + 1) * share]) for i, post in enumerate(posts)}
