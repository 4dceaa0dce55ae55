"""The form of a building of the frame."""

from fieldsync.sample.forms.sheet import CodeList, Form, Marks, Question, Rule, Text, note

USE = CodeList(
    "building_use",
    (
        ("residential", "住宅", "Residential"),
        ("mixed", "商住混合", "Mixed"),
        ("dormitory", "宿舍", "Dormitory"),
        ("shop", "商业", "Shops"),
        ("office", "办公", "Offices"),
        ("works", "生产", "Works"),
        ("institution", "机构", "Institution"),
        ("other", "其他", "Other"),
    ),
)
_LOCATION = Marks(group="location")

BUILDING = Form(
    "building",
    Text("Building", "建筑物"),
    (
        Question("text", "name", Text("Name", "名称")),
        Question("text", "address", Text("Address", "地址"), required="yes", marks=_LOCATION),
        Question("geopoint", "point", Text("Point", "位置"), marks=_LOCATION),
        Question("select_one", "use", Text("Use", "用途"), USE, required="yes"),
        Question(
            "integer",
            "floors",
            Text("Floors above ground", "地上层数"),
            constraint=Rule(". >= 1 and . <= 150", Text("Between 1 and 150 floors.", "层数应在 1 至 150 之间。")),
        ),
        Question(
            "integer",
            "stairwells",
            Text("Stairwells", "单元数"),
            constraint=Rule(". >= 1 and . <= 50", Text("Between 1 and 50 stairwells.", "单元数应在 1 至 50 之间。")),
        ),
        note(),
    ),
)
