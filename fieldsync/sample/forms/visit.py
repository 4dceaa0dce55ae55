"""The form of a visit to a dwelling; a visit never changes, a mistake is mended by another that corrects it."""

from fieldsync.sample.forms.sheet import CodeList, Form, Marks, Question, Rule, Text, reference

RESULT = CodeList(
    "visit_result",
    (
        ("complete", "完成", "Complete"),
        ("partial", "部分完成", "Partial"),
        ("no_contact", "无人应答", "No contact"),
        ("refused", "拒访", "Refused"),
        ("absent_all_round", "整轮外出", "Absent all round"),
        ("vacant", "空置", "Vacant"),
        ("no_access", "无法进入", "No access"),
        ("not_found", "未找到", "Not found"),
        ("postponed", "改约", "Postponed"),
    ),
)
_POSTPONED = "${result} = 'postponed'"

VISIT = Form(
    "visit",
    Text("Visit", "入户走访"),
    (
        reference("dwelling", "dwelling", Text("Dwelling", "住房")),
        Question("text", "household", Text("Household, if found", "住户（如已找到）"), marks=Marks(ref="household")),
        Question("text", "round", Text("Round", "轮次"), required="yes"),
        Question("dateTime", "start", Text("Begun at", "开始时间"), required="yes"),
        Question(
            "dateTime",
            "end",
            Text("Ended at", "结束时间"),
            constraint=Rule("${start} = '' or . >= ${start}", Text("Not before the beginning.", "不得早于开始时间。")),
        ),
        Question("select_one", "result", Text("Result", "结果"), RESULT, required="yes"),
        Question("text", "informant", Text("Who answered", "受访人")),
        Question("dateTime", "appointment", Text("Appointment", "约定时间"), required=_POSTPONED, relevant=_POSTPONED),
        Question("text", "corrects", Text("Visit that this one corrects", "所更正的走访"), marks=Marks(ref="visit")),
        Question("text", "note", Text("Remarks", "备注"), appearance="multiline"),
    ),
)
