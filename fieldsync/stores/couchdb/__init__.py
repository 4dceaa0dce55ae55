"""The CouchDB store: databases of a CouchDB 3.x, single or clustered."""

from fieldsync.stores.couchdb.store import CouchStore as CouchStore

__all__ = ["CouchStore"]
