"""The form of a person.

Name, sex and birth are key items: a second value is reviewed and admitted by the street's staff, a
first one goes in by itself, so that a newborn is registered without a queue. An identity is never
admitted without a person of the community having looked at it. What somebody agrees to is one item
with who said so and when.
"""

from fieldsync.sample.forms.codes import IDENTITY_DOCUMENT, LANGUAGES, MARITAL_STATUS, SEX, YES_NO
from fieldsync.sample.forms.ethnic_groups import ETHNIC_GROUP
from fieldsync.sample.forms.household import PHONE
from fieldsync.sample.forms.lives import GIVEN_BY, REGISTRATION, SCHOOL_LEVEL, SCHOOLING_STATUS, WORK_STATUS
from fieldsync.sample.forms.schooling import EDUCATION
from fieldsync.sample.forms.sheet import Form, Marks, Question, Rule, Text, note, section

_KEY = Marks(merge="review", key=True, admit="street")
_IDENTITY = Marks(
    merge="review", group="identity", key=True, admit="community", admit_first="community", sensitive=True
)
_PERMIT = Marks(group="permit", sensitive=True)
_EMERGENCY = Marks(group="emergency_contact", sensitive=True)
_CONSENT = Marks(merge="latest", group="consent")
_AT_WORK = "${work_status} = '' or ${work_status} = 'employed' or ${work_status} = 'self_employed'"
_NOT_AFTER_TODAY = Rule(". <= today()", Text("Not after today.", "不得晚于今天。"))
_IS_ELSEWHERE = "${registration} = 'elsewhere'"


def _kin(name: str, label: Text) -> Question:
    """Ask for a parent or spouse who is in the registry; the tablet offers the members of the household."""
    return Question("text", name, label, marks=Marks(ref="person", admit="community"))


_WHO = (
    Question("text", "name", Text("Name", "姓名"), required="yes", marks=_KEY),
    Question("text", "former_name", Text("Former name", "曾用名")),
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
    Question("text", "birth_place", Text("Place of birth", "出生地")),
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
)
_FAMILY = (
    Question("select_one", "marital_status", Text("Marital status", "婚姻状况"), MARITAL_STATUS),
    _kin("spouse", Text("Spouse", "配偶")),
    _kin("father", Text("Father", "父亲")),
    _kin("mother", Text("Mother", "母亲")),
)
_REGISTRATION = (
    Question("select_one", "registration", Text("Registered", "户口登记状况"), REGISTRATION),
    Question(
        "text",
        "registration_place",
        Text("Province and city of registration", "户口登记地（省、市）"),
        required=_IS_ELSEWHERE,
        relevant=_IS_ELSEWHERE,
    ),
    Question(
        "text",
        "residence_permit",
        Text("Residence permit number", "居住证号"),
        relevant="${registration} != 'here'",
        marks=_PERMIT,
    ),
    Question(
        "date",
        "permit_issued",
        Text("Permit issued on", "居住证签发日期"),
        relevant="${residence_permit} != ''",
        constraint=_NOT_AFTER_TODAY,
        marks=_PERMIT,
    ),
    Question(
        "date",
        "permit_valid_until",
        Text("Permit valid until", "居住证有效期至"),
        relevant="${residence_permit} != ''",
        constraint=Rule(
            "${permit_issued} = '' or . > ${permit_issued}", Text("After it was issued.", "应晚于签发日期。")
        ),
        marks=_PERMIT,
    ),
)
_SCHOOLING = (
    Question("select_one", "education", Text("Highest schooling", "学历"), EDUCATION, appearance="autocomplete"),
    Question("select_one", "schooling_status", Text("Schooling now", "就学状况"), SCHOOLING_STATUS),
    Question(
        "select_one",
        "school_level",
        Text("Attends", "在读阶段"),
        SCHOOL_LEVEL,
        relevant="${schooling_status} = 'attending'",
    ),
    Question("text", "school", Text("School", "就读学校"), relevant="${schooling_status} = 'attending'"),
)
_WORK = (
    Question("select_one", "work_status", Text("Work now", "就业状况"), WORK_STATUS),
    Question("text", "occupation", Text("Occupation", "职业")),
    Question("text", "employer", Text("Employer", "工作单位"), relevant=_AT_WORK),
    Question("text", "workplace", Text("Where the work is", "工作地点"), relevant=_AT_WORK),
)
_CONTACT = (
    Question("text", "phone", Text("Phone", "联系电话"), constraint=PHONE, marks=Marks(merge="latest", sensitive=True)),
    Question("select_multiple", "languages", Text("Languages", "使用语言"), LANGUAGES, marks=Marks(merge="union")),
    Question("text", "emergency_name", Text("In an emergency, call", "紧急联系人"), marks=_EMERGENCY),
    Question(
        "text",
        "emergency_phone",
        Text("Their phone", "紧急联系人电话"),
        required="${emergency_name} != ''",
        relevant="${emergency_name} != ''",
        constraint=PHONE,
        marks=_EMERGENCY,
    ),
)
_CONSENTS = (
    Question(
        "select_one",
        "consent",
        Text("Agrees to be contacted about services", "同意就公共服务事项与其联系"),
        YES_NO,
        marks=_CONSENT,
    ),
    Question(
        "select_one",
        "consent_by",
        Text("Said by", "由谁表示"),
        GIVEN_BY,
        required="${consent} != ''",
        relevant="${consent} != ''",
        marks=_CONSENT,
    ),
    Question(
        "date",
        "consent_date",
        Text("On", "表示日期"),
        required="${consent} != ''",
        relevant="${consent} != ''",
        constraint=_NOT_AFTER_TODAY,
        marks=_CONSENT,
    ),
    Question("select_one", "photo_consent", Text("Consents to a photograph", "同意拍照"), YES_NO),
)
_STATUS = (
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
)

PERSON = Form(
    "person",
    Text("Person", "人员"),
    (
        *_WHO,
        *section("family", Text("Family", "家庭关系"), *_FAMILY),
        *section("residence", Text("Registration and permit", "户口与居住证"), *_REGISTRATION),
        *section("studies", Text("Schooling", "教育"), *_SCHOOLING),
        *section("work", Text("Work", "就业"), *_WORK),
        *section("contact", Text("Contact", "联系方式"), *_CONTACT),
        *section("consents", Text("Consent", "知情同意"), *_CONSENTS),
        *_STATUS,
    ),
)
