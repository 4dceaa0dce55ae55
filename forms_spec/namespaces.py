"""The XML namespaces of forms and instances, as lxml writes them before a name."""

NAMESPACE = "https://fieldsync.example/ns"
"""Our own: columns `bind::fs:…` in forms, what XForms has no place for in instances."""

FS = f"{{{NAMESPACE}}}"
XF = "{http://www.w3.org/2002/xforms}"
JR = "{http://openrosa.org/javarosa}"
ORX = "{http://openrosa.org/xforms}"
ODK = "{http://www.opendatakit.org/xforms}"
XHTML = "{http://www.w3.org/1999/xhtml}"
