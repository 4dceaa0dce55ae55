"""The form of a household, a family's or a collective one."""

from fieldsync.sample.forms.codes import LANGUAGES
from fieldsync.sample.forms.sheet import CodeList, Form, Marks, Question, Rule, Text, note, reference

TYPE = CodeList("household_type", (("family", "家庭户", "Family"), ("collective", "集体户", "Collective")))

REACHABLE = CodeList(
    "reachable",
    (
        ("workday", "工作日白天", "On workdays by day"),
        ("evening", "晚上", "In the evening"),
        ("weekend", "周末", "On weekends"),
        ("by_phone", "须先电话预约", "After a call only"),
    ),
)

PHONE = Rule(
    "regex(., '1[0-9]{10}|0[0-9]{2,3}-?[0-9]{7,8}')",
    Text(
        "A mobile number has 11 digits and begins with 1; a land line has its area code.",
        "手机号为 1 开头的 11 位数字；固定电话须带区号。",
    ),
)

HOUSEHOLD = Form(
    "household",
    Text("Household", "住户"),
    (
        reference("dwelling", "dwelling", Text("Dwelling", "所属住房")),
        Question("select_one", "type", Text("Type of household", "户别"), TYPE, required="yes"),
        Question("text", "contact_name", Text("Contact person", "联系人")),
        Question("text", "contact_person", Text("Who is", "联系人（人员）"), marks=Marks(ref="person")),
        Question("text", "phone", Text("Phone", "联系电话"), constraint=PHONE, marks=Marks(sensitive=True)),
        Question(
            "select_multiple", "reachable", Text("Can be met", "方便联系的时间"), REACHABLE, marks=Marks(merge="union")
        ),
        Question("select_multiple", "languages", Text("Languages", "使用语言"), LANGUAGES, marks=Marks(merge="union")),
        Question(
            "integer",
            "size_stated",
            Text("Number of persons, as stated", "自报人数"),
            constraint=Rule(". >= 0 and . <= 2000", Text("Between 0 and 2,000.", "人数应在 0 至 2000 之间。")),
        ),
        Question("text", "registered_address", Text("Address of registration, if elsewhere", "户籍地址（如在外地）")),
        note(),
    ),
)
