import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { StoreUnavailable } from '../service/store-failure.ts';

/** Maximum time to look for the primary, milliseconds; shorter than the pool's limit for a connection. */
const searchMs = 2_500;
/** Maximum time of one attempt on one server, milliseconds. */
const attemptMs = 1_000;
/** Pause before the servers are tried again, milliseconds. */
const pauseMs = 100;

/** A server that reports true accepts no writes. */
const isReadOnly = `select pg_is_in_recovery() or current_setting('transaction_read_only')::bool as "readOnly"`;

type Callback = (error: Error | null) => void;

/**
 * The class of connections to whichever of several servers accepts writes, as libpq does with
 * `target_session_attrs=read-write`. pg itself accepts one server only.
 *
 * Servers are tried in order until one accepts writes, for at most 2.5 s: nothing has been sent, so waiting for a
 * promotion is safe. The server that was found is used while connections to it are open. When one breaks, the next
 * search begins from the first server.
 * @param urls connection URLs with the same login and database
 */
export function primaryClientClass(urls: readonly [string, ...string[]]): typeof pg.Client {
  let found: { url: string; open: number } | undefined;
  let searching: Promise<{ url: string; open: number }> | undefined;

  function find() {
    if (found) return Promise.resolve(found);
    searching ??= search(urls)
      .then((url) => {
        found = { url, open: 0 };
        return found;
      })
      .finally(() => {
        searching = undefined;
      });
    return searching;
  }

  class PrimaryClient extends pg.Client {
    override connect(): Promise<pg.Client>;
    override connect(callback: Callback): void;
    override connect(callback?: Callback): Promise<pg.Client> | undefined {
      const connected = this.#connect();
      if (callback === undefined) return connected;
      connected.then(
        () => callback(null),
        (error: Error) => callback(error),
      );
      return undefined;
    }

    async #connect(): Promise<pg.Client> {
      const server = await find();
      const { host, port } = new pg.Client({ connectionString: server.url });
      Object.assign(this, { host, port });
      const forget = () => {
        if (found === server) found = undefined;
      };
      server.open += 1;
      this.once('end', () => {
        server.open -= 1;
        if (server.open === 0) forget();
      });
      // A break that nobody asked for; the pool and the pipeline listen too.
      this.on('error', forget);
      try {
        await super.connect();
        const { rows } = await this.query(isReadOnly);
        if (rows[0]?.readOnly !== false) throw new StoreUnavailable([], 'the server has become a standby');
        return this;
      } catch (error) {
        forget();
        this.end().catch(() => {});
        throw error;
      }
    }
  }
  return PrimaryClient as typeof pg.Client;
}

/** @throws StoreUnavailable with the last problem of each server. */
async function search(urls: readonly string[]): Promise<string> {
  const deadline = performance.now() + searchMs;
  const problems = new Map<string, Error>();
  for (;;) {
    for (const url of urls) {
      const limitMs = Math.min(attemptMs, deadline - performance.now());
      try {
        await probe(url, limitMs);
        return url;
      } catch (error) {
        // An attempt that the end of the search cuts short says nothing about the server.
        if (limitMs === attemptMs || !problems.has(url)) problems.set(url, error as Error);
      }
      if (performance.now() >= deadline) break;
    }
    if (performance.now() + pauseMs >= deadline) {
      const reasons = [...problems.values()].map(({ message }) => message).join('; ');
      throw new StoreUnavailable([...problems.values()], `no database server accepts writes: ${reasons}`);
    }
    await delay(pauseMs);
  }
}

async function probe(url: string, limitMs: number): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: Math.max(1, limitMs),
    query_timeout: attemptMs,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query(isReadOnly);
    if (rows[0]?.readOnly !== false) throw new Error('the server is a standby');
  } finally {
    client.end().catch(() => {});
  }
}
