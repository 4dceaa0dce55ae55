"""Forms as data and as rules: pure, bytes in, values out.

`forms_spec.xlsform.read_form` is not handed on here: it brings pyxform with it, which only the
limited process of `read_form_limited` and the commands need.
"""

from forms_spec.changes import Change
from forms_spec.drafts import Carried, Draft, carry
from forms_spec.evolution import compare, forbidden, is_same
from forms_spec.expression_errors import ExpressionError
from forms_spec.faults import Checked, Fault
from forms_spec.findings import Finding
from forms_spec.instance import Instance, Layout, UnreadableInstanceError, attachment_names
from forms_spec.instance_reading import read_instance
from forms_spec.instance_writing import write_instance
from forms_spec.items import Place, admission, is_sensitive, parts_of, place_of
from forms_spec.lineage import foreign_fields, with_others
from forms_spec.records import Record, UnreadableRecordsError, read_records
from forms_spec.records_limited import read_workbook_records_limited
from forms_spec.spec import Admission, Choice, Field, FormSpec, Section
from forms_spec.validate import Validator, validate
from forms_spec.workbook_records import WorkbookRecords, read_workbook_records
from forms_spec.xlsform_limited import read_form_limited
from forms_spec.xpath.run import Circumstances

__all__ = [
    "Admission",
    "Carried",
    "Change",
    "Checked",
    "Choice",
    "Circumstances",
    "Draft",
    "ExpressionError",
    "Fault",
    "Field",
    "Finding",
    "FormSpec",
    "Instance",
    "Layout",
    "Place",
    "Record",
    "Section",
    "UnreadableInstanceError",
    "UnreadableRecordsError",
    "Validator",
    "WorkbookRecords",
    "admission",
    "attachment_names",
    "carry",
    "compare",
    "forbidden",
    "foreign_fields",
    "is_same",
    "is_sensitive",
    "parts_of",
    "place_of",
    "read_form_limited",
    "read_instance",
    "read_records",
    "read_workbook_records",
    "read_workbook_records_limited",
    "validate",
    "with_others",
    "write_instance",
]
