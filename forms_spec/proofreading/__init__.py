"""Everything that is wrong with a form which pyxform refuses: it names one mistake and stops, an author makes ten.

The sheets are read once for the usual mistakes; what is wrong is made harmless in a copy, and pyxform is asked again
about the rest. A form that pyxform takes never comes here.
"""

from forms_spec.proofreading.rounds import Proofread, proofread

__all__ = ["Proofread", "proofread"]
