"""The composition root of the bare server: a store and its users in, an ASGI app out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from starlette.types import ASGIApp

from fieldsync.direct_intake import DirectIntake
from fieldsync.settings import Settings
from fieldsync.stores.base import Database, Store
from fieldsync.stores.factory import open_store
from mobile_api.bare.intake import BareIntake
from mobile_api.bare.names import stored_name
from mobile_api.bare.routes import bare_dialect
from mobile_api.bare.sessions import Users
from mobile_api.bare.updates import Journal, UpdatesFeed
from mobile_api.bare.visitors import CookieLogin, HomeGuard
from mobile_api.replication import FeedTimes, Replication, create_replication


@dataclass(frozen=True, slots=True)
class Couch:
    """A bare server: what answers, and what must end with it."""

    app: ASGIApp
    replication: Replication
    store: Store


def create_couch(settings: Settings, passwords: Mapping[str, str]) -> Couch:
    """Return the server of the store that the settings name. Raises BadInput or StoreUnavailable."""
    return couch_over(open_store(settings.store), settings, passwords)


def couch_over(store: Store, settings: Settings, passwords: Mapping[str, str]) -> Couch:
    """Return the server of an open store."""
    users, journal = Users(passwords), Journal(store)
    open_database = partial(_open, store)
    replication = create_replication(
        store,
        users,
        BareIntake(DirectIntake(open_database, store.blobs()), open_database),
        settings,
        times=FeedTimes(poll_s=settings.feed_poll_s),
        open_database=open_database,
        dialect=bare_dialect(users, journal),
        feeds={"_db_updates": partial(UpdatesFeed, journal)},
    )
    app = HomeGuard(CookieLogin(replication), settings.cors_origins, is_open=not passwords)
    return Couch(app, replication, store)


def _open(store: Store, name: str) -> Database:
    return store.database(stored_name(name))
