// What stock PouchDB does, timed: node pouchdb.mjs '{"modules", "task", "url", "batch"}' writes one line of JSON.
import { subscribe } from 'node:diagnostics_channel'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'

const { modules, task, url, batch } = JSON.parse(process.argv[2])
const require = createRequire(resolve(modules, 'any.js'))
const PouchDB = require('pouchdb')
PouchDB.plugin(require('pouchdb-adapter-memory'))

let requests = 0
let sockets = []
subscribe('http.client.request.start', () => { requests += 1 })
subscribe('net.client.socket', ({ socket }) => { sockets.push(socket) })

const WARM_UPS = 4
const IDLE_TURNS = 10
const remote = new PouchDB(url, { skip_setup: true })
let number = 0
const local = () => new PouchDB(`local-${number++}`, { adapter: 'memory' })

async function timed (work) {
  requests = 0
  sockets = []
  const begun = performance.now()
  const documents = await work()
  const ms = performance.now() - begun
  const sum = (name) => sockets.reduce((total, socket) => total + socket[name], 0)
  return { ms, documents, requests, sent: sum('bytesWritten'), received: sum('bytesRead') }
}

async function pull (target) {
  return (await PouchDB.replicate(remote, target, { batch_size: batch })).docs_written
}

async function edit (target, turn) {
  const { rows } = await target.allDocs({ include_docs: true })
  await target.bulkDocs(rows.map(({ doc }) => ({ ...doc, turn })))
}

async function push (target, turn) {
  await edit(target, turn)
  return timed(async () => (await PouchDB.replicate(target, remote)).docs_written)
}

async function idle (target) {
  let moved = 0
  for (let turn = 0; turn < IDLE_TURNS; turn += 1) {
    const { push, pull } = await PouchDB.sync(target, remote)
    moved += push.docs_written + pull.docs_written
  }
  return moved
}

async function each (turns, share) {
  for (const name of ['ms', 'requests', 'sent', 'received']) turns[name] /= share
  return turns
}

const tasks = {
  async pull () {
    for (let turn = 0; turn < WARM_UPS; turn += 1) await pull(local())
    const target = local()
    await target.info()
    return timed(() => pull(target))
  },
  async push () {
    const target = local()
    await pull(target)
    for (let turn = 0; turn < WARM_UPS; turn += 1) await push(target, `warm-up ${turn} ${Date.now()}`)
    return push(target, `timed ${Date.now()}`)
  },
  async idle () {
    const target = local()
    await pull(target)
    await idle(target)
    return each(await timed(() => idle(target)), IDLE_TURNS)
  }
}

console.log(JSON.stringify(await tasks[task]()))
process.exit(0)
