"""The forms of the sample district."""

from fieldsync.sample.forms.building import BUILDING
from fieldsync.sample.forms.dwelling import DWELLING
from fieldsync.sample.forms.event import EVENT
from fieldsync.sample.forms.health import HEALTH
from fieldsync.sample.forms.household import HOUSEHOLD
from fieldsync.sample.forms.person import PERSON
from fieldsync.sample.forms.sheet import Form
from fieldsync.sample.forms.stay import STAY
from fieldsync.sample.forms.visit import VISIT
from fieldsync.sample.forms.workbook import workbook_of

__all__ = ["BUILDING", "DWELLING", "EVENT", "HEALTH", "HOUSEHOLD", "PERSON", "STAY", "VISIT", "Form", "workbook_of"]
