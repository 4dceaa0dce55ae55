// Stock PouchDB tablets, steered by JSON lines: a command a line on standard input, its answer a line on standard output.
// A process holds any number of tablets; each command names its own.
import { createInterface } from 'node:readline';
import PouchDB from 'pouchdb';
import memory from 'pouchdb-adapter-memory';
import { authorised } from './authorised.mjs';

PouchDB.plugin(memory);

const tablets = new Map();
const RETRY_MS = 100;

// PouchDB leaves a promise unhandled when the connection breaks while it asks for a database's figures. A browser goes on
// after that, so this does as well; the replication itself is retried.
process.on('unhandledRejection', (error) => process.stderr.write(`unhandled: ${error.message}\n`));

function open({ tablet, url, revs_limit, ...credentials }) {
  const pass = authorised(credentials);
  const known = tablets.get(tablet);
  const options = { adapter: 'memory', ...(revs_limit ? { revs_limit } : {}) };
  const local = known ? known.local : new PouchDB(tablet, options);
  const remote = new PouchDB(url, { fetch: pass.fetch });
  tablets.set(tablet, { name: tablet, local, remote, pass, live: null, events: [] });
  return true;
}

async function rebuild(tablet) {
  await tablet.local.destroy();
  tablet.local = new PouchDB(tablet.name, { adapter: 'memory' });
  return true;
}

function counts(result) {
  const part = ({ docs_read, docs_written, doc_write_failures, ok, last_seq }) =>
    ({ docs_read, docs_written, doc_write_failures, ok, last_seq });
  return result.push ? { push: part(result.push), pull: part(result.pull) } : part(result);
}

function startLive(tablet, options) {
  const sync = tablet.local.sync(tablet.remote, {
    live: true, retry: true, back_off_function: () => RETRY_MS, ...options,
  });
  for (const name of ['active', 'paused', 'denied', 'error', 'complete']) {
    sync.on(name, (detail) => tablet.events.push({ name, detail: detail && detail.message }));
  }
  tablet.live = sync;
  return true;
}

function stopLive(tablet) {
  return new Promise((resolve) => {
    tablet.live.on('complete', () => resolve(true));
    tablet.live.cancel();
  });
}

async function leaves(local) {
  const { results } = await local.changes({ style: 'all_docs', include_docs: true, conflicts: true });
  return Object.fromEntries(results.map(({ id, changes, deleted, doc }) => [id, {
    winner: doc._rev, deleted: Boolean(deleted), leaves: changes.map(({ rev }) => rev).sort(),
  }]));
}

async function list(local, prefix) {
  const { rows } = await local.allDocs({ startkey: prefix, endkey: `${prefix}\uffff`, include_docs: true });
  return rows.map(({ doc }) => doc);
}

async function holds(local, { ids, items, count, gone, leafless }) {
  if (count !== undefined) return (await local.info()).doc_count >= count;
  if (gone !== undefined) return local.get(gone).then(() => false, (error) => error.reason === 'deleted');
  if (leafless !== undefined) return ((await local.get(leafless, { conflicts: true }))._conflicts || []).length === 0;
  const { rows } = await local.allDocs({ keys: Object.keys(ids || items), include_docs: true });
  if (ids) return rows.every(({ key, doc }) => doc && doc.v === ids[key]);
  return rows.every(({ key, doc }) => doc && Object.entries(items[key]).every(([item, v]) => doc.data[item] === v));
}

// Waits for an event of the live replication, or finds that it has come already.
function awaitEvent({ live, events }, name) {
  return events.some((event) => event.name === name) || new Promise((resolve) => live.once(name, () => resolve(true)));
}

// Waits for a condition of the local database, looking again after each of its changes.
function until({ local }, condition, timeout) {
  return new Promise((resolve, reject) => {
    const feed = local.changes({ live: true, since: 'now' });
    const timer = setTimeout(() => end(reject, new Error(`not within ${timeout} ms`)), timeout);
    const end = (settle, value) => { clearTimeout(timer); feed.cancel(); settle(value); };
    const look = () => holds(local, condition).then((yes) => yes && end(resolve, true), (error) => end(reject, error));
    feed.on('change', look);
    look();
  });
}

const commands = {
  open,
  put: ({ doc, options = {} }, { local }) => local.put(doc, options),
  bulk: ({ docs }, { local }) => local.bulkDocs(docs),
  get: ({ id, options = {} }, { local }) => local.get(id, options),
  remove: async ({ id }, { local }) => local.remove(await local.get(id)),
  info: (_, { local }) => local.info(),
  leaves: (_, { local }) => leaves(local),
  list: ({ prefix }, { local }) => list(local, prefix),
  rebuild: (_, tablet) => rebuild(tablet),
  renewals: (_, { pass }) => pass.renewals,
  'remote-info': (_, { remote }) => remote.info(),
  'remote-leaves': (_, { remote }) => leaves(remote),
  'remote-get': ({ id, options = {} }, { remote }) => remote.get(id, options),
  'remote-put': ({ doc }, { remote }) => remote.put(doc),
  'remote-remove': async ({ id }, { remote }) => remote.remove(await remote.get(id)),
  'remote-all': ({ options = {} }, { remote }) => remote.allDocs(options),
  'remote-changes': ({ options = {} }, { remote }) => remote.changes(options),
  pull: async ({ options = {} }, { local, remote }) => counts(await local.replicate.from(remote, options)),
  push: async ({ options = {} }, { local, remote }) => counts(await local.replicate.to(remote, options)),
  sync: async ({ options = {} }, { local, remote }) => counts(await local.sync(remote, options)),
  live: ({ options = {} }, tablet) => startLive(tablet, options),
  stop: (_, tablet) => stopLive(tablet),
  events: (_, tablet) => tablet.events.map(({ name }) => name),
  'await-event': ({ name }, tablet) => awaitEvent(tablet, name),
  until: ({ condition, timeout }, tablet) => until(tablet, condition, timeout || 20000),
};

function failure({ name, status, message, reason }) {
  return { error: { name, status, message: reason || message } };
}

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  let answer;
  try {
    answer = { ok: await commands[command.do](command, tablets.get(command.tablet)) };
  } catch (error) {
    answer = failure(error);
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit(0);
