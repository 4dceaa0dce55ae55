"""Code lists by their standards, complete: sex, marital status, identity documents."""

from fieldsync.sample.forms.sheet import CodeList

SEX = CodeList(
    "sex",
    (
        ("0", "未知的性别", "Unknown"),
        ("1", "男性", "Male"),
        ("2", "女性", "Female"),
        ("9", "未说明的性别", "Not stated"),
    ),
    "GB/T 2261.1-2003",
)

MARITAL_STATUS = CodeList(
    "marital_status",
    (
        ("10", "未婚", "Never married"),
        ("20", "已婚", "Married"),
        ("21", "初婚", "Married, first marriage"),
        ("22", "再婚", "Remarried"),
        ("23", "复婚", "Remarried to the same spouse"),
        ("30", "丧偶", "Widowed"),
        ("40", "离婚", "Divorced"),
        ("90", "未说明的婚姻状况", "Not stated"),
    ),
    "GB/T 2261.2-2003",
)

IDENTITY_DOCUMENT = CodeList(
    "id_type",
    (
        ("111", "居民身份证", "Resident identity card"),
        ("113", "户口簿", "Household register"),
        ("117", "出生医学证明", "Medical certificate of birth"),
        ("414", "普通护照", "Passport"),
        ("511", "台湾居民来往大陆通行证", "Mainland travel permit for Taiwan residents"),
        ("516", "港澳居民来往内地通行证", "Mainland travel permit for Hong Kong and Macao residents"),
        ("553", "外国人永久居留身份证", "Foreign permanent resident identity card"),
        ("990", "其他证件", "Other document"),
    ),
    "GA/T 517-2004",
)
"""The documents of GA/T 517 that a household registry meets; the standard itself has far more."""

YES_NO = CodeList("yes_no", (("yes", "是", "Yes"), ("no", "否", "No")))

LANGUAGES = CodeList(
    "languages",
    (
        ("zh", "普通话", "Mandarin"),
        ("sichuanese", "四川话", "Sichuanese"),
        ("cantonese", "粤语", "Cantonese"),
        ("tibetan", "藏语", "Tibetan"),
        ("yi", "彝语", "Yi"),
        ("qiang", "羌语", "Qiang"),
        ("mongolian", "蒙古语", "Mongolian"),
        ("uyghur", "维吾尔语", "Uyghur"),
        ("zhuang", "壮语", "Zhuang"),
        ("en", "英语", "English"),
        ("sign", "手语", "Sign language"),
        ("other", "其他语言", "Other"),
    ),
)
"""What a collector can be answered in."""
