// Stock PouchDB as any tool uses it, steered by JSON lines: a command a line on standard input, its answer a line on
// standard output. A process holds any number of databases, in memory or on a server; each command names its own.
import { createInterface } from 'node:readline';
import PouchDB from 'pouchdb';
import memory from 'pouchdb-adapter-memory';

PouchDB.plugin(memory);

const databases = new Map();

function open({ tablet, url, ...options }) {
  const pouch = url ? new PouchDB(url, options) : new PouchDB(tablet, { adapter: 'memory' });
  databases.set(tablet, { pouch, feed: null, seen: [] });
  return true;
}

// Sends what one database has to another, once, or both ways for as long as nobody stops it.
async function replicate({ pouch }, { to }) {
  const { ok, docs_read, docs_written } = await pouch.replicate.to(databases.get(to).pouch);
  return { ok, docs_read, docs_written };
}

function sync(database, { to }) {
  database.feed = database.pouch.sync(databases.get(to).pouch, { live: true, retry: true });
  database.feed.on('error', (error) => process.stderr.write(`sync: ${error.message}\n`));
  return true;
}

function follow(database, { options }) {
  database.feed = database.pouch.changes({ live: true, include_docs: true, ...options });
  database.feed.on('change', ({ doc }) => database.seen.push(doc));
  return true;
}

function stop({ feed }) {
  return new Promise((resolve) => {
    feed.on('complete', () => resolve(true));
    feed.cancel();
  });
}

// Waits until a followed database has told of so many changes.
function seen({ feed, seen: docs }, { count }) {
  return new Promise((resolve) => {
    const look = () => docs.length >= count && resolve(docs);
    feed.on('change', look);
    look();
  });
}

// Waits until a database holds some documents, looking again after each of its changes.
function holds({ pouch }, { ids }) {
  return new Promise((resolve, reject) => {
    const feed = pouch.changes({ live: true, since: 'now' });
    const end = (settle, value) => { feed.cancel(); settle(value); };
    const look = () => pouch.allDocs({ keys: ids }).then(
      ({ rows }) => rows.every(({ error, value }) => !error && !value.deleted) && end(resolve, true),
      (error) => end(reject, error),
    );
    feed.on('change', look);
    look();
  });
}

const call = ({ pouch }, { method, args }) => pouch[method](...args);

const commands = { replicate, sync, follow, stop, seen, holds, call };

async function answer(line) {
  const { do: name, ...details } = JSON.parse(line);
  try {
    const ok = name === 'open' ? open(details) : await commands[name](databases.get(details.tablet), details);
    return { ok };
  } catch (error) {
    return { error: { message: error.message, status: error.status, name: error.name, reason: error.reason } };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(line))}\n`);
}
