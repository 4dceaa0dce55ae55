"""The sealed form of the sample: health, asked voluntarily of one person, answered with consent or not at all."""

from fieldsync.sample.forms.codes import YES_NO
from fieldsync.sample.forms.sheet import CodeList, Form, Marks, Question, Text

SELF_RATED = CodeList(
    "self_rated",
    (
        ("good", "健康", "Healthy"),
        ("fair", "基本健康", "Fairly healthy"),
        ("poor_able", "不健康但生活能自理", "Not healthy, but manages by themselves"),
        ("poor_unable", "生活不能自理", "Does not manage by themselves"),
    ),
)
_AGREED = "${agrees} = 'yes'"
_LEGAL_GROUND = Text(
    "Answering is voluntary. You may say no, leave any question out, and take your consent back at any time; what you"
    " told is then erased. Legal ground: your separate consent, Personal Information Protection Law, article 29.",
    "本表自愿填写，可以拒绝、跳过任何题目，也可随时撤回同意，撤回后已填内容将被删除。"
    "法律依据：您的单独同意（《个人信息保护法》第二十九条）。",
)
_PURPOSE = Text(
    "Only for planning community health services and home care.",
    "仅用于规划社区卫生服务和居家照护。",
)

HEALTH = Form(
    "health",
    Text("Health (voluntary, sealed)", "健康状况（自愿填写，保密）"),
    (
        Question(
            "select_one",
            "agrees",
            Text("Do you agree to answer some questions about your health?", "您是否同意回答几个有关健康的问题？"),
            YES_NO,
            required="yes",
            hint=_LEGAL_GROUND,
            marks=Marks(consent="yes"),
        ),
        Question(
            "select_one",
            "self_rated",
            Text("How is your health?", "您的身体状况如何？"),
            SELF_RATED,
            relevant=_AGREED,
            hint=_PURPOSE,
        ),
        Question("text", "long_term", Text("Long-term illness", "长期患病情况"), relevant=_AGREED),
        Question(
            "select_one",
            "needs_care",
            Text("Do you need somebody to care for you at home?", "您是否需要居家照护？"),
            YES_NO,
            relevant=_AGREED,
        ),
    ),
    sealed=True,
)
