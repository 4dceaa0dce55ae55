"""The form of an event: what happened to somebody or to a household, on which day; it never changes.

A mistake is mended by another that corrects it: with what really happened, or with `mistake`, where nothing did.
"""

from fieldsync.sample.forms.sheet import CodeList, Form, Marks, Question, Rule, Text, reference

TYPE = CodeList(
    "event_type",
    (
        ("birth", "出生", "Birth"),
        ("death", "死亡", "Death"),
        ("arrival", "迁入", "Arrival"),
        ("departure", "迁出", "Departure"),
        ("split", "分户", "Household split"),
        ("join", "并户", "Households joined"),
        ("new_head", "户主变更", "New head"),
        ("mistake", "误报更正", "Nothing: reported by mistake"),
    ),
)
_OF_PERSON = "${type} != 'split' and ${type} != 'join' and ${type} != 'mistake'"
_OF_HOUSEHOLDS = "${type} = 'split' or ${type} = 'join'"

EVENT = Form(
    "event",
    Text("Event", "人口事件"),
    (
        Question("select_one", "type", Text("What happened", "事件类型"), TYPE, required="yes"),
        Question("text", "person", Text("Person", "人员"), required=_OF_PERSON, marks=Marks(ref="person")),
        reference("household", "household", Text("Household", "住户")),
        Question(
            "text",
            "other_household",
            Text("The other household", "另一住户"),
            relevant=_OF_HOUSEHOLDS,
            marks=Marks(ref="household"),
        ),
        Question(
            "date",
            "date",
            Text("On which day", "发生日期"),
            required="yes",
            constraint=Rule(". <= today()", Text("Not after today.", "不得晚于今天。")),
        ),
        Question(
            "text",
            "corrects",
            Text("Event that this one corrects", "所更正的事件"),
            required="${type} = 'mistake'",
            marks=Marks(ref="event"),
        ),
        Question("text", "note", Text("Remarks", "备注"), appearance="multiline"),
    ),
)
