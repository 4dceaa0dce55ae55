"""What can be wrong with an expression, as one error with a stable code and a text in two languages."""


class ExpressionError(ValueError):
    """An expression that cannot be compiled; `message` says what and where, `remedy` how to mend it."""

    def __init__(self, *, code: str, message: str, message_zh: str, remedy: str = "", remedy_zh: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.message_zh = message_zh
        self.remedy = remedy or "Write the expression more simply; docs/forms.md lists what is supported."
        self.remedy_zh = remedy_zh or "请简化表达式；支持的写法见 docs/forms.md。"


def not_an_expression(text: str, at: int, found: str) -> ExpressionError:
    """Report a word where the grammar allows none; `at` counts characters from the start."""
    shown = f"'{found}'" if found else "the end"
    return ExpressionError(
        code="expression-syntax",
        message=f"The expression cannot be read at character {at + 1}, at {shown}: {text[:200]}",
        message_zh=f"表达式在第 {at + 1} 个字符（{found or '结尾'}）处无法解析：{text[:200]}",
        remedy="Check brackets, quotation marks and operators at that place.",
        remedy_zh="请检查该处的括号、引号和运算符。",
    )


def unsupported_function(name: str) -> ExpressionError:
    """Report a function outside the supported subset."""
    return ExpressionError(
        code="expression-unsupported",
        message=f"The function {name}() is not supported yet.",
        message_zh=f"尚不支持函数 {name}()。",
        remedy="Use one of the functions that docs/forms.md lists.",
        remedy_zh="请改用 docs/forms.md 中列出的函数。",
    )


def unsupported_path(path: str) -> ExpressionError:
    """Report a reference into a repeat from outside of it."""
    return ExpressionError(
        code="expression-unsupported",
        message=f"{path} lies in a repeat; referring to it from outside of that repeat is not supported yet.",
        message_zh=f"{path} 位于重复组中；尚不支持从组外引用。",
        remedy="Refer to a question outside of the repeat, or move the rule into the repeat.",
        remedy_zh="请引用重复组外的问题，或将规则移入组内。",
    )


def unknown_reference(path: str) -> ExpressionError:
    """Report a reference to something that is no question of the form."""
    return ExpressionError(
        code="expression-reference",
        message=f"{path} is no question of this form.",
        message_zh=f"{path} 不是本表单中的问题。",
        remedy="Refer to a question by ${name}, with the name from the survey sheet.",
        remedy_zh="请用 ${名称} 引用 survey 工作表中的问题。",
    )


def wrong_arguments(name: str, expected: str, given: int) -> ExpressionError:
    """Report a call with too few or too many arguments."""
    return ExpressionError(
        code="expression-syntax",
        message=f"{name}() takes {expected} argument(s), {given} given.",
        message_zh=f"{name}() 需要 {expected} 个参数，现有 {given} 个。",
    )


def bad_pattern(pattern: str, reason: str) -> ExpressionError:
    """Report a regular expression that RE2 does not accept."""
    return ExpressionError(
        code="expression-pattern",
        message=f"The pattern '{pattern[:100]}' of regex() is not accepted: {reason}.",
        message_zh=f"regex() 的模式“{pattern[:100]}”无效：{reason}。",
        remedy="Write the pattern in RE2 syntax, in quotes; it has no look-around and no back-references.",
        remedy_zh="请按 RE2 语法书写模式并加引号；不支持环视和反向引用。",
    )


def over_budget(what: str, what_zh: str, limit: int) -> ExpressionError:
    """Report an expression that is larger or deeper than allowed."""
    return ExpressionError(
        code="expression-budget",
        message=f"The expression has more than {limit} {what}.",
        message_zh=f"表达式过于复杂（{what_zh}超过 {limit}）。",
        remedy="Split it over calculate questions.",
        remedy_zh="请用 calculate 问题将其拆分。",
    )
