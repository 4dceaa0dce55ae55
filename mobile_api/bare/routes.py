"""Which handler of a bare server answers which method of which thing."""

from __future__ import annotations

from mobile_api.bare import databases, server
from mobile_api.bare.databases import Databases
from mobile_api.bare.mango.finding import explain, find
from mobile_api.bare.mango.indexes import create_index, delete_index, list_indexes
from mobile_api.bare.names import stored_local
from mobile_api.bare.paths import read_bare_path
from mobile_api.bare.sessions import Users
from mobile_api.bare.updates import Journal
from mobile_api.replication.call import Dialect, Handler, Route, Routes
from mobile_api.replication.databases import info
from mobile_api.replication.routes import METHODS, ROUTES

PUBLIC = frozenset({"root", "_session", "_up"})


def bare_dialect(users: Users, journal: Journal) -> Dialect:
    """Return what a bare server serves."""
    routes = {**ROUTES, **_server_routes(users, journal), **_database_routes(journal)}
    return Dialect(read_bare_path, routes, stored_local, PUBLIC)


def _routes(**handlers: Handler) -> dict[str, Route]:
    return {method: Route(handler) for method, handler in handlers.items()}


def _any(handler: Handler) -> dict[str, Route]:
    return dict.fromkeys(METHODS, Route(handler))


def _server_routes(users: Users, journal: Journal) -> Routes:
    return {
        "root": _routes(GET=server.welcome),
        "nowhere": _any(server.nowhere),
        "_active_tasks": _routes(GET=server.active_tasks),
        "_all_dbs": _routes(GET=server.all_dbs),
        "_db_updates": _routes(GET=journal.answer, POST=journal.answer),
        "_dbs_info": _routes(GET=server.dbs_info, POST=server.dbs_info),
        "_membership": _routes(GET=server.membership),
        "_replicate": _routes(POST=server.replicate),
        "_session": _routes(GET=users.get, DELETE=users.log_out) | {"POST": Route(users.log_in, forms=True)},
        "_up": _routes(GET=server.up),
        "_utils": _any(server.utils),
        "_uuids": _routes(GET=server.uuids),
    }


def _database_routes(journal: Journal) -> Routes:
    made = Databases(journal)
    return {
        "database": _routes(GET=info, PUT=made.create, POST=databases.post_document, DELETE=made.delete),
        "program": _any(databases.program),
        "_design_docs": _routes(GET=databases.design_docs, POST=databases.design_docs),
        "_compact": _routes(POST=databases.accept),
        "_explain": _routes(POST=explain),
        "_find": _routes(POST=find),
        "_index": _routes(GET=list_indexes, POST=create_index, DELETE=delete_index),
        "_local_docs": _routes(GET=databases.local_docs),
        "_missing_revs": _routes(POST=databases.missing_revs),
        "_purge": _routes(POST=databases.purge),
        "_revs_limit": _routes(GET=databases.get_revs_limit, PUT=databases.put_revs_limit),
        "_security": _routes(GET=databases.get_security, PUT=databases.put_security),
        "_view_cleanup": _routes(POST=databases.accept),
    }
