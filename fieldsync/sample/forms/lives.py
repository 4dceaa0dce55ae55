"""Lists of choices of our own about registration, schooling, work and consent."""

from fieldsync.sample.forms.sheet import CodeList

REGISTRATION = CodeList(
    "registration",
    (
        ("here", "户口登记在本址", "At this address"),
        ("same_city", "户口登记在本市其他地址", "Elsewhere in this city"),
        ("elsewhere", "户口登记在其他省市", "In another city or province"),
        ("pending", "户口待定", "Not settled yet"),
        ("abroad", "境外人员", "Not registered in the mainland"),
    ),
)
SCHOOLING_STATUS = CodeList(
    "schooling_status",
    (
        ("too_young", "未入学", "Too young for school"),
        ("attending", "在校", "Attends"),
        ("graduated", "毕业", "Graduated"),
        ("left", "肄业或辍学", "Left without graduating"),
        ("never", "未上过学", "Never went to school"),
    ),
)
SCHOOL_LEVEL = CodeList(
    "school_level",
    (
        ("nursery", "托育或幼儿园", "Nursery or kindergarten"),
        ("primary", "小学", "Primary school"),
        ("junior", "初中", "Junior secondary school"),
        ("senior", "高中或中职", "Senior or vocational secondary school"),
        ("tertiary", "大学", "College or university"),
    ),
)
WORK_STATUS = CodeList(
    "work_status",
    (
        ("employed", "受雇", "Employed"),
        ("self_employed", "自营", "Self-employed"),
        ("seeking", "求职中", "Looking for work"),
        ("home", "料理家务", "Keeps the house"),
        ("student", "学生", "Student"),
        ("retired", "离退休", "Retired"),
        ("unable", "丧失劳动能力", "Unable to work"),
        ("too_young", "未成年未就业", "Too young"),
    ),
)
GIVEN_BY = CodeList(
    "given_by",
    (
        ("self", "本人", "The person"),
        ("guardian", "监护人", "The guardian"),
        ("relative", "成年亲属代述", "An adult relative, on their behalf"),
    ),
)
