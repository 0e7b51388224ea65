// Removes the containers, networks and volumes of a run from a container engine, over the engine's own HTTP interface.
//
// Plain JavaScript without packages: the reaper uses it.
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * The objects of a run in one engine. The engine listens on `socketPath`, or on `host` and `port`.
 * @typedef {object} EngineObjects
 * @property {string} label `name=value`
 * @property {string} [socketPath]
 * @property {string} [host]
 * @property {number} [port]
 * @property {{ca?: string, cert?: string, key?: string}} [tls] present when the engine speaks TLS
 */

/** Pause between two rounds, milliseconds. */
const pauseMs = 200;
/**
 * Number of rounds in a row that must find nothing after the harness was killed: the engine completes a request that it
 * has received, so a container can appear after its client has gone.
 */
const quietRounds = 5;
/** Maximum time of one request, milliseconds. */
const requestLimitMs = 5_000;

/** Each kind of object: how to list those with a label, and how to remove one. Containers hold the others. */
const kinds = [
  {
    list: '/containers/json?all=1&',
    /** @param {any} reply @returns {string[]} */
    ids: (reply) => reply.map((/** @type {{Id: string}} */ { Id }) => Id),
    /** @param {string} id */
    remove: (id) => `/containers/${id}?force=1&v=1`,
  },
  {
    list: '/networks?',
    /** @param {any} reply @returns {string[]} */
    ids: (reply) => reply.map((/** @type {{Id: string}} */ { Id }) => Id),
    /** @param {string} id */
    remove: (id) => `/networks/${id}`,
  },
  {
    list: '/volumes?',
    /** @param {any} reply @returns {string[]} */
    ids: (reply) => (reply.Volumes ?? []).map((/** @type {{Name: string}} */ { Name }) => Name),
    /** @param {string} id */
    remove: (id) => `/volumes/${encodeURIComponent(id)}?force=1`,
  },
];

/**
 * Removes everything with the label, until nothing is left or the time is over. Never throws: an engine that has
 * stopped has no running containers.
 * @param {EngineObjects} engine
 * @param {{limitMs: number, announced: boolean}} options `announced`: the harness has ended its requests, so one round
 *   that finds nothing is enough
 */
export async function removeLabelled(engine, { limitMs, announced }) {
  const until = performance.now() + limitMs;
  const filters = `filters=${encodeURIComponent(JSON.stringify({ label: [engine.label] }))}`;
  for (let quiet = 0; quiet < (announced ? 1 : quietRounds) && performance.now() < until; ) {
    const found = await removeAll(engine, filters).catch((error) => {
      // An engine that does not listen has stopped; any other failure is worth another round.
      return ['ECONNREFUSED', 'ENOENT'].includes(error.code) ? 0 : 1;
    });
    quiet = found === 0 ? quiet + 1 : 0;
    if (!announced || found > 0) await delay(pauseMs);
  }
}

/**
 * One round over all kinds of objects. Returns how many it found.
 * @param {EngineObjects} engine
 * @param {string} filters
 */
async function removeAll(engine, filters) {
  let found = 0;
  for (const { list, ids, remove } of kinds) {
    const names = ids(JSON.parse(await send(engine, 'GET', `${list}${filters}`)));
    found += names.length;
    await Promise.all(names.map((name) => send(engine, 'DELETE', remove(name)).catch(() => '')));
  }
  return found;
}

/**
 * @param {EngineObjects} engine
 * @param {string} method
 * @param {string} path
 * @returns {Promise<string>} the body of the response, whatever its status
 */
function send({ socketPath, host, port, tls }, method, path) {
  const address = socketPath === undefined ? { host, port } : { socketPath };
  return new Promise((resolve, reject) => {
    const outgoing = (tls ? requestHttps : requestHttp)(
      // The name `docker` is for the Host header of requests over a socket.
      { ...(socketPath === undefined ? {} : { host: 'docker' }), ...address, ...tls, method, path },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => {
          body += chunk;
        });
        response.on('end', () => resolve(body));
        response.on('error', reject);
      },
    );
    outgoing.setTimeout(requestLimitMs, () => outgoing.destroy(new Error('the engine does not respond')));
    outgoing.on('error', reject);
    outgoing.end();
  });
}
