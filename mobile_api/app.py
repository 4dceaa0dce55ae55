"""The composition root of the server: settings in, an ASGI app out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache

from anyio import to_thread
from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute

from fieldsync.import_jobs import ImportJobs
from fieldsync.keys import installation_keys
from fieldsync.leases import Lease
from fieldsync.pipeline import Pipeline
from fieldsync.runner import Runner
from fieldsync.services import Services
from fieldsync.settings import Settings
from fieldsync.stores.base import Store
from fieldsync.stores.factory import open_store
from mobile_api.cors import ApiCors
from mobile_api.description import DescribedApp
from mobile_api.errors import Unforeseen, install_errors
from mobile_api.limits import BodyLimit
from mobile_api.logs import configure_logging
from mobile_api.metrics import API, Figures, Measured
from mobile_api.replication import FeedTimes, ReplicationAt, create_replication
from mobile_api.routes import (
    areas,
    assignment_proposals,
    assignments,
    cases,
    cells,
    devices,
    documents,
    exchange,
    forms,
    handovers,
    health,
    home,
    lots,
    me,
    moves,
    ogc,
    plans,
    privacy,
    progress,
    registry,
    registry_export,
    registry_import,
    report_tables,
    reports,
    retention,
    rounds,
    sealed,
    session,
    staff,
    working_lives,
)

_RESOURCES = (
    session,
    devices,
    me,
    moves,
    staff,
    working_lives,
    areas,
    cells,
    plans,
    assignment_proposals,
    assignments,
    rounds,
    forms,
    handovers,
    cases,
    lots,
    exchange,
    registry_export,
    registry_import,
    registry,
    documents,
    reports,
    retention,
    report_tables,
    progress,
    privacy,
    sealed,
)


def _wall_clock() -> datetime:
    return datetime.now(UTC)


def create_app(settings: Settings, now: Callable[[], datetime] = _wall_clock) -> FastAPI:
    """Return the server for a store that the settings name. Raises BadInput or StoreUnavailable."""
    configure_logging()
    store = open_store(settings.store, settings.store_options())
    services = Services.of(store, installation_keys(settings, store), settings, now)
    pipeline = Pipeline.of(services)
    imports = ImportJobs(store, lambda: pipeline.importer(frozenset(services.areas.codes())), now)
    app = _bare_app(store, (Runner(pipeline.steps, settings.sweep_s), Lease(store, now)), imports)
    app.state.imports = imports
    app.state.services = services
    app.state.pipeline = pipeline
    app.state.figures = Figures()
    install_errors(app)
    app.router.routes.extend(_routes())
    times = FeedTimes(poll_s=settings.feed_poll_s)
    app.state.replication = create_replication(store, services.gate, pipeline.intake, settings, times=times)
    _add_layers(app, settings)
    return app


def _bare_app(store: Store, running: tuple[Runner, Lease], imports: ImportJobs) -> FastAPI:
    runner, lease = running

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await to_thread.run_sync(lease.take)
        runner.start()
        yield
        await to_thread.run_sync(imports.close)
        await to_thread.run_sync(runner.stop)
        await to_thread.run_sync(lease.release)
        store.close()

    return DescribedApp(
        title="fieldsync",
        version="1",
        summary="Offline-first sync for city field data",
        openapi_url=f"{API}/openapi.json",
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        lifespan=lifespan,
    )


@cache
def _routes() -> Sequence[BaseRoute]:
    """Return what is served, put together once: that takes a fifth of a second, and they know no app of their own."""
    api = APIRouter(prefix=API)
    for resource in _RESOURCES:
        api.include_router(resource.router)
    everything = APIRouter(generate_unique_id_function=lambda route: "_".join([*map(str, route.tags), route.name]))
    for router in (api, ogc.router, health.router, home.router):
        everything.include_router(router)
    return tuple(everything.routes)


def _add_layers(app: FastAPI, settings: Settings) -> None:
    """Wrap the app; what is added last sees a request first."""
    app.add_middleware(ReplicationAt, replication=app.state.replication)
    app.add_middleware(BodyLimit, max_bytes=settings.max_request_bytes)
    if settings.cors_origins:
        app.add_middleware(
            ApiCors,
            allow_origins=settings.cors_origins,
            allow_credentials=True,
            allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["authorization", "content-type", "x-fieldsync-clock"],
        )
    app.add_middleware(Unforeseen)
    app.add_middleware(Measured, figures=app.state.figures)
