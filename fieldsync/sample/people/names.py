"""Names for invented people: Faker's for most, two-part and clan names where a family bears them.

Faker is seeded, and used for names and trades only, never for dates: its output does not depend
on the day.
"""

from random import Random

from faker import Faker

from fieldsync.sample.people.numbers import MALE

HAN, HUI, TIBETAN, YI, TUJIA, QIANG = "01", "03", "04", "07", "15", "33"
ETHNIC_SHARES = {HAN: 95.4, HUI: 0.8, TIBETAN: 1.2, YI: 1.4, TUJIA: 0.4, QIANG: 0.8}
"""Percent of families by ethnic group of the head, coded by GB/T 3304; ours, near Chengdu's."""

_TIBETAN = {
    MALE: (("扎西", "次仁", "丹增", "洛桑", "格桑", "索朗"), ("多吉", "平措", "顿珠", "旺堆", "罗布", "达瓦")),
    "2": (("扎西", "次仁", "德吉", "央金", "格桑", "仁青"), ("卓玛", "拉姆", "旺姆", "曲珍", "措姆", "白玛")),
}
_CLANS = ("吉克", "沙马", "阿苏", "曲比", "马海", "阿尔", "吉木", "勒格")
_ANY_OTHER = "其他"
_TWO_CHARACTERS = "欧阳"
"""The one such surname in Faker's list."""
_YI = {MALE: ("木呷", "日哈", "尔布", "拉铁", "伍达", "子古"), "2": ("阿依", "伍呷", "史布", "阿果", "子洛", "拉则")}


def surname_of(name: str, ethnic_group: str) -> str:
    """Return the surname in a full name; of a Tibetan name, none."""
    if ethnic_group == TIBETAN:
        return ""
    length = 2 if ethnic_group == YI or name.startswith(_TWO_CHARACTERS) else 1
    return name[:length]


class Names:
    """Gives surnames, full names and trades from one seed."""

    def __init__(self, seed: int, rng: Random) -> None:
        self._faker = Faker("zh_CN")
        self._faker.seed_instance(seed)
        self._rng = rng

    def ethnic_group(self) -> str:
        """Return the ethnic group of a family."""
        return self._rng.choices(list(ETHNIC_SHARES), list(ETHNIC_SHARES.values()))[0]

    def surname(self, ethnic_group: str) -> str:
        """Return a surname; Tibetan names have none, Yi families bear their clan's."""
        if ethnic_group == TIBETAN:
            return ""
        return self._rng.choice(_CLANS) if ethnic_group == YI else str(self._faker.last_name())

    def full_name(self, surname: str, sex: str, ethnic_group: str) -> str:
        """Return a person's name."""
        if ethnic_group == TIBETAN:
            return "".join(self._rng.choice(part) for part in _TIBETAN[sex])
        if ethnic_group == YI:
            return surname + self._rng.choice(_YI[sex])
        return surname + str(self._faker.first_name_male() if sex == MALE else self._faker.first_name_female())

    def trade(self) -> str:
        """Return an occupation."""
        while (trade := str(self._faker.job())) == _ANY_OTHER:
            pass
        return trade

    def employer(self) -> str:
        """Return an employer, invented like its name."""
        word = self._rng.choice(("青梧", "云雀", "鹿鸣", "映月", "拾穗", "松风", "远舟", "晴川", "禾田", "知木"))
        kind = self._rng.choice(("餐饮店", "科技公司", "物流公司", "商贸公司", "建筑公司", "诊所", "中学", "汽修厂"))
        return word + kind
