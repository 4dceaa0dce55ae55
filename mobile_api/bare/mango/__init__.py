"""`_find` and `_index`: the part of Mango, CouchDB's query language, that is understood here."""
