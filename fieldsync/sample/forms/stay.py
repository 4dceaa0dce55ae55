"""The form of a stay: a person in a household, for a time; where from, since when, why, and for how long."""

from fieldsync.sample.forms.kinship import RELATION
from fieldsync.sample.forms.sheet import CodeList, Form, Marks, Question, Rule, Text, note, reference

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
ORIGIN = CodeList(
    "stay_origin",
    (
        ("same_district", "本区", "The same district"),
        ("same_city", "本市其他区县", "Another district of the city"),
        ("same_province", "本省其他市州", "Another city of the province"),
        ("other_province", "外省", "Another province"),
        ("abroad", "境外", "From abroad"),
    ),
)
INTENTION = CodeList(
    "stay_intention",
    (
        ("under_half_year", "半年以内", "Less than half a year"),
        ("half_to_one_year", "半年至一年", "Half a year to a year"),
        ("over_one_year", "一年以上", "More than a year"),
        ("for_good", "长期定居", "For good"),
    ),
)
REGISTERED = CodeList(
    "stay_registered",
    (
        ("none", "未登记", "Not yet"),
        ("declared", "已申报", "Declared"),
        ("registered", "已登记", "Registered"),
    ),
)
_CAME = "${came_from} != ''"
_TEMPORARY = "${kind} = 'temporary'"

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
        Question("select_one", "origin", Text("Which is in", "来源地范围"), ORIGIN, relevant=_CAME),
        Question(
            "date",
            "in_city_since",
            Text("In this city since", "来本市日期"),
            relevant=_CAME,
            constraint=Rule(
                ". <= today() and (${since} = '' or . <= ${since})",
                Text("Not after the stay began.", "不得晚于居住开始日期。"),
            ),
        ),
        Question(
            "text",
            "left_for",
            Text("Left for", "迁往何处"),
            relevant="${until} != '' or ${kind} = 'registered_only'",
        ),
        Question(
            "select_one", "registered", Text("Temporary registration", "暂住登记"), REGISTERED, relevant=_TEMPORARY
        ),
        Question(
            "date",
            "registration_valid_until",
            Text("Registration valid until", "登记有效期至"),
            relevant=_TEMPORARY,
        ),
        Question(
            "select_one",
            "intention",
            Text("Means to stay", "预计居住时间"),
            INTENTION,
            relevant="${kind} != 'registered_only' and ${until} = ''",
        ),
        Question("select_one", "reason", Text("Reason", "原因"), REASON),
        Question(
            "text",
            "reason_said",
            Text("Which other reason", "其他原因说明"),
            required="${reason} = 'other'",
            relevant="${reason} = 'other'",
        ),
        note(),
    ),
)
