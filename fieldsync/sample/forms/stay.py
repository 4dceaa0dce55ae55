"""The form of a stay: a person in a household, for a time."""

from fieldsync.sample.forms.kinship import RELATION
from fieldsync.sample.forms.sheet import CodeList, Form, Marks, Question, Rule, Text, reference

KIND = CodeList(
    "stay_kind",
    (
        ("usual", "常住", "Usual residence"),
        ("registered_only", "仅户籍在此", "Registered here, lives elsewhere"),
        ("temporary", "暂住", "Temporary"),
    ),
)
REASON = CodeList(
    "stay_reason",
    (
        ("birth", "出生", "Birth"),
        ("death", "死亡", "Death"),
        ("moved", "搬迁", "Moved house"),
        ("work", "工作", "Work"),
        ("study", "学习", "Study"),
        ("marriage", "婚姻", "Marriage"),
        ("family", "随迁或投靠亲属", "Joined or followed family"),
        ("retirement", "养老", "Retirement"),
        ("service", "服役", "Military service"),
        ("other", "其他", "Other"),
    ),
)

STAY = Form(
    "stay",
    Text("Stay", "居住记录"),
    (
        reference("person", "person", Text("Person", "人员"), Marks(ref="person", key=True, admit="street")),
        reference(
            "household", "household", Text("Household", "住户"), Marks(ref="household", key=True, admit="street")
        ),
        Question("select_one", "kind", Text("Kind of stay", "居住类型"), KIND, required="yes"),
        Question(
            "select_one", "relation", Text("Relation to the head", "与户主关系"), RELATION, appearance="autocomplete"
        ),
        Question(
            "date",
            "since",
            Text("Since", "开始日期"),
            constraint=Rule(". <= today()", Text("Not after today.", "不得晚于今天。")),
        ),
        Question(
            "date",
            "until",
            Text("Until", "结束日期"),
            constraint=Rule("${since} = '' or . >= ${since}", Text("Not before the stay began.", "不得早于开始日期。")),
        ),
        Question("text", "came_from", Text("Came from", "来自何处")),
        Question(
            "text",
            "left_for",
            Text("Left for", "迁往何处"),
            relevant="${until} != '' or ${kind} = 'registered_only'",
        ),
        Question(
            "date",
            "registration_valid_until",
            Text("Registration valid until", "登记有效期至"),
            relevant="${kind} = 'temporary'",
        ),
        Question("select_one", "reason", Text("Reason", "原因"), REASON),
    ),
)
