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
    """Report a function that there is not."""
    return ExpressionError(
        code="expression-unsupported",
        message=f"There is no function {name}().",
        message_zh=f"没有函数 {name}()。",
        remedy="Use one of the functions that docs/forms.md lists.",
        remedy_zh="请改用 docs/forms.md 中列出的函数。",
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


def too_long(length: int, limit: int) -> ExpressionError:
    """Report an expression with too many characters."""
    return ExpressionError(
        code="expression-budget",
        message=f"The expression has {length:,} characters; the limit is {limit:,}.",
        message_zh=f"表达式有 {length:,} 个字符，上限为 {limit:,}。",
    )


def no_nodes(name: str) -> ExpressionError:
    """Report a function that needs a path as its argument and was given something else."""
    return ExpressionError(
        code="expression-syntax",
        message=f"{name}() needs the path of questions or of a repeat, such as ${{name}}.",
        message_zh=f"{name}() 的参数须为问题或重复组的路径，例如 ${{名称}}。",
    )


class TooCostlyError(ExpressionError):
    """An evaluation that would take more steps, or a longer text, than allowed."""


def too_costly() -> TooCostlyError:
    """Report an evaluation over its budget of steps."""
    return TooCostlyError(
        code="expression-budget",
        message="The expression takes too many steps; what it looks through is too large for how often it does so.",
        message_zh="表达式的计算步数过多：查找范围过大且重复次数过多。",
        remedy="Look at fewer nodes: name the path instead of //, and do not search a list once for each of its rows.",
        remedy_zh="请减少查找：用具体路径代替 //，不要对列表的每一行再次遍历整个列表。",
    )


def too_much_text(limit: int) -> TooCostlyError:
    """Report a function whose text would be longer than allowed."""
    return TooCostlyError(
        code="expression-budget",
        message=f"A text of the expression would have more than {limit:,} characters.",
        message_zh=f"表达式产生的文本超过 {limit:,} 个字符。",
        remedy="Put together shorter texts.",
        remedy_zh="请拼接较短的文本。",
    )


def choice_name_path() -> ExpressionError:
    """Report jr:choice-name() whose second argument is not a question's path in quotes."""
    return ExpressionError(
        code="expression-syntax",
        message="The second argument of jr:choice-name() has to be a question in quotes, such as '${sex}'.",
        message_zh="jr:choice-name() 的第二个参数须为加引号的问题，例如 '${sex}'。",
        remedy="Write jr:choice-name(${sex}, '${sex}').",
        remedy_zh="请写成 jr:choice-name(${sex}, '${sex}')。",
    )


def stray_word(word: str) -> ExpressionError:
    """Report a bare word that names nothing, and so has no value on tablets."""
    return ExpressionError(
        code="expression-word",
        message=f"The word {word} names nothing here: as a condition it is false, as an answer blank.",
        message_zh=f"单词 {word} 在此没有指向任何内容：作为条件为假，作为答案为空。",
        remedy=f"Write '{word}' in quotes for a text, ${{{word}}} for a question, true() for what always holds.",
        remedy_zh=f"文本请加引号写成 '{word}'，问题请写成 ${{{word}}}，恒真请写 true()。",
    )
