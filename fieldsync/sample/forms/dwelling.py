"""The form of a dwelling: a unit in a building."""

from fieldsync.sample.forms.household import PHONE
from fieldsync.sample.forms.sheet import CodeList, Form, Marks, Question, Rule, Text, note, reference

USE = CodeList(
    "dwelling_use",
    (
        ("residential", "居住", "Residential"),
        ("mixed", "居住兼营业", "Mixed"),
        ("dormitory", "集体宿舍", "Dormitory"),
        ("shop", "商铺", "Shop"),
        ("office", "办公", "Office"),
        ("works", "生产", "Works"),
        ("not_residential", "其他非居住", "Other, not residential"),
    ),
)
OCCUPANCY = CodeList(
    "occupancy",
    (
        ("occupied", "有人居住", "Occupied"),
        ("vacant", "空置", "Vacant"),
        ("second_home", "第二居所", "Second home"),
        ("works", "装修或施工", "Works"),
        ("not_residential", "非居住", "Not residential"),
        ("demolished", "已拆除", "Demolished"),
        ("unknown", "不详", "Unknown"),
    ),
)
TENURE = CodeList(
    "tenure",
    (
        ("owned", "自有", "Owned"),
        ("rented", "租赁", "Rented"),
        ("employer", "单位提供", "Provided by the employer"),
        ("other", "其他", "Other"),
    ),
)
_RENTED = "${tenure} = 'rented'"
_LANDLORD = Marks(group="landlord", sensitive=True)

DWELLING = Form(
    "dwelling",
    Text("Dwelling", "住房"),
    (
        reference("building", "building", Text("Building", "所属建筑物")),
        Question("text", "stairwell", Text("Stairwell", "单元")),
        Question("text", "floor", Text("Floor", "楼层")),
        Question("text", "room", Text("Room", "房号"), required="yes"),
        Question("select_one", "use", Text("Use", "用途"), USE, required="yes"),
        Question("select_one", "occupancy", Text("Occupancy", "居住状况"), OCCUPANCY, required="yes"),
        Question(
            "integer",
            "rooms",
            Text("Rooms", "房间数"),
            constraint=Rule(". >= 1 and . <= 100", Text("Between 1 and 100 rooms.", "房间数应在 1 至 100 之间。")),
        ),
        Question(
            "decimal",
            "area_m2",
            Text("Floor area in square metres", "建筑面积（平方米）"),
            constraint=Rule(
                ". > 0 and . <= 5000",
                Text("More than 0 and at most 5,000 m².", "面积应大于 0 且不超过 5000 平方米。"),
            ),
        ),
        Question(
            "select_one",
            "tenure",
            Text("Tenure", "住房来源"),
            TENURE,
            relevant="${occupancy} = 'occupied' or ${occupancy} = 'second_home'",
        ),
        Question("text", "landlord_name", Text("Landlord", "出租人"), relevant=_RENTED, marks=_LANDLORD),
        Question(
            "text",
            "landlord_phone",
            Text("Landlord's phone", "出租人电话"),
            relevant=_RENTED,
            constraint=PHONE,
            marks=_LANDLORD,
        ),
        note(),
    ),
)
