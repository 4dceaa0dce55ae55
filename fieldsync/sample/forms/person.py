"""The form of a person.

Name, sex and birth are key items: a second value is reviewed and admitted by the street's staff, a
first one goes in by itself, so that a newborn is registered without a queue. An identity is never
admitted without a person of the community having looked at it.
"""

from fieldsync.sample.forms.codes import IDENTITY_DOCUMENT, LANGUAGES, MARITAL_STATUS, SEX, YES_NO
from fieldsync.sample.forms.ethnic_groups import ETHNIC_GROUP
from fieldsync.sample.forms.household import PHONE
from fieldsync.sample.forms.schooling import EDUCATION
from fieldsync.sample.forms.sheet import Form, Marks, Question, Rule, Text, note

_KEY = Marks(merge="review", key=True, admit="street")
_IDENTITY = Marks(
    merge="review", group="identity", key=True, admit="community", admit_first="community", sensitive=True
)

PERSON = Form(
    "person",
    Text("Person", "人员"),
    (
        Question("text", "name", Text("Name", "姓名"), required="yes", marks=_KEY),
        Question("select_one", "sex", Text("Sex", "性别"), SEX, required="yes", marks=_KEY),
        Question(
            "date",
            "birth_date",
            Text("Date of birth", "出生日期"),
            required="yes",
            constraint=Rule(
                ". <= today() and . >= date('1900-01-01')",
                Text("Between 1900 and today.", "出生日期应在 1900 年至今天之间。"),
            ),
            marks=_KEY,
        ),
        Question("select_one", "ethnic_group", Text("Ethnic group", "民族"), ETHNIC_GROUP, appearance="autocomplete"),
        Question("select_one", "id_type", Text("Identity document", "证件种类"), IDENTITY_DOCUMENT, marks=_IDENTITY),
        Question(
            "text",
            "id_number",
            Text("Number of the document", "证件号码"),
            required="${id_type} != ''",
            relevant="${id_type} != ''",
            constraint=Rule(
                "${id_type} != '111' or regex(., '[0-9]{17}[0-9X]')",
                Text("An identity card has 17 digits and a check character.", "居民身份证号码为 17 位数字加校验码。"),
            ),
            marks=_IDENTITY,
        ),
        Question(
            "text", "phone", Text("Phone", "联系电话"), constraint=PHONE, marks=Marks(merge="latest", sensitive=True)
        ),
        Question("select_one", "marital_status", Text("Marital status", "婚姻状况"), MARITAL_STATUS),
        Question("select_one", "education", Text("Schooling", "学历"), EDUCATION, appearance="autocomplete"),
        Question("text", "employer", Text("Employer or school", "工作或就读单位")),
        Question("text", "occupation", Text("Occupation", "职业")),
        Question("select_multiple", "languages", Text("Languages", "使用语言"), LANGUAGES, marks=Marks(merge="union")),
        Question("text", "residence_permit", Text("Residence permit number", "居住证号"), marks=Marks(sensitive=True)),
        Question("select_one", "photo_consent", Text("Consents to a photograph", "同意拍照"), YES_NO),
        Question(
            "date",
            "death_date",
            Text("Date of death", "死亡日期"),
            constraint=Rule(
                ". <= today() and (${birth_date} = '' or . >= ${birth_date})",
                Text("Between birth and today.", "死亡日期应在出生日期至今天之间。"),
            ),
            marks=Marks(merge="review", key=True, admit="street", admit_first="community"),
        ),
        Question(
            "text",
            "registry_status",
            Text("Status in the registry", "登记状态"),
            read_only=True,
            marks=Marks(owner="server"),
        ),
        note(),
    ),
)
