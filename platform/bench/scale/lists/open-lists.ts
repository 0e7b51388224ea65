import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { Client } from 'undici';
import type { ServiceName } from '../../../contracts/service.ts';
import { startTemporaryDatabase } from '../../../database/testing/temporary-database.ts';
import { encodeCursor } from '../../../kit/lists/cursor.ts';
import { createLog } from '../../../kit/observe/log.ts';
import { openDatabase } from '../../../kit/postgres/database.ts';
import { startTemporaryRedis } from '../../../kit/testing/temporary-redis.ts';
import { Processes } from '../../processes.ts';
import { bundlePrograms } from '../../programs.ts';
import { startService } from '../../services.ts';
import { bind, type ListCase, type Owner } from './list-case.ts';
import { listCases } from './list-cases.ts';

/** Nothing listens there: no list calls another service. */
const noPeer = 'http://127.0.0.1:9';
/** Rows that one statement adds. */
const filledAtOnce = 10_000;
const pageSize = 20;

/** One page of a list, measured at any size beside its floor. */
export interface ListRow {
  id: string;
  title: string;
  /** Id of its list, whose rows it shares with other rows. */
  list: string;
  /** Fills the list up to `size` rows. It does not shrink. */
  fill(size: number): Promise<void>;
  /** Duration of the request to the service, milliseconds. @throws Error for a response that is not the page */
  measure(): Promise<number>;
  /** Duration of the same page by the code of the service without HTTP, milliseconds. */
  read(): Promise<number>;
  /** Duration of the same page by plain SQL under the same role and row-level security, milliseconds. */
  floor(): Promise<number>;
}

export interface OpenLists extends AsyncDisposable {
  rows: readonly ListRow[];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function connect(stack: AsyncDisposableStack, url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  stack.defer(() => client.end());
  return client;
}

/**
 * Starts PostgreSQL, Redis and the services of the lists, and registers a user, whose lists they are.
 * @param folder for bundles; the caller removes it
 */
export async function openLists(options: {
  folder: string;
  signal: AbortSignal;
  cases?: readonly ListCase[];
}): Promise<OpenLists> {
  const { folder, signal, cases = listCases } = options;
  await using starting = new AsyncDisposableStack();
  const stores = starting.use(await startTemporaryDatabase());
  const redis = starting.use(await startTemporaryRedis());
  const processes = starting.use(new Processes(undefined));
  const names = [...new Set<ServiceName>(['platform-services', ...cases.map(({ service }) => service)])];
  const programs = await bundlePrograms(
    Object.fromEntries(names.map((name) => [name, `services/${name}/main`])),
    folder,
  );
  const roleOf = new Map(cases.map(({ service, role }) => [service, role]));
  const secrets = {
    REDIS_URL: redis.url,
    INTERNAL_API_KEY: randomBytes(24).toString('hex'),
    KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    ACCESS_TOKEN_SECONDS: '3600',
    MAIL_FOLDER: folder,
    FILE_STORAGE_DIR: folder,
    GEMINI_API_KEY: 'never-used',
  };
  const clients = new Map<ServiceName, Client>();
  let platformUrl = noPeer;
  for (const name of names) {
    const env = {
      ...secrets,
      DATABASE_URL: stores.urlOf(roleOf.get(name) ?? 'platform_services'),
      PLATFORM_SERVICES_URL: platformUrl,
    };
    const program = programs[name] as string;
    const { port } = await startService(processes, { name, program, env, peerUrl: noPeer, signal });
    const url = `http://127.0.0.1:${port}`;
    if (name === 'platform-services') platformUrl = url;
    const client = new Client(url);
    starting.defer(() => client.destroy());
    clients.set(name, client);
  }
  const send = async (service: ServiceName, path: string, token?: string, body?: object) => {
    const { statusCode, body: received } = await (clients.get(service) as Client).request({
      method: body === undefined ? 'GET' : 'POST',
      path,
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal,
    });
    const text = await received.text();
    if (statusCode >= 300) throw new Error(`${path} responds with ${statusCode}: ${text}`);
    return JSON.parse(text);
  };
  const session = await send('platform-services', '/auth/register', undefined, {
    email: 'lists@example.com',
    password: `Long ${randomBytes(12).toString('hex')}`,
  });
  const owner: Owner = {
    tenantId: session.user.tenant_id,
    userId: session.user.id,
    workspaceId: session.workspace_id,
  };
  const admin = await connect(starting, stores.adminUrl);
  const log = createLog({ service: 'bench', level: 'silent' });
  const rows: ListRow[] = [];
  for (const one of cases) {
    const sql = await connect(starting, stores.urlOf(one.role));
    await sql.query(`select set_config('app.tenant_id', $1, false), set_config('app.user_id', $2, false)`, [
      owner.tenantId,
      owner.userId,
    ]);
    const database = openDatabase({ url: stores.urlOf(one.role), log });
    starting.defer(() => database.close());
    const page = (path: string) => send(one.service, path, session.access_token);
    rows.push(...rowsOf(one, { owner, sql, admin, database, page }));
  }
  const running = starting.move();
  return { rows, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

interface Parts {
  owner: Owner;
  /** As the role of the service, with the owner's tenant. */
  sql: pg.Client;
  admin: pg.Client;
  database: ReturnType<typeof openDatabase>;
  page(path: string): Promise<Record<string, unknown>>;
}

/** The first page of a list, and one in its middle. */
function rowsOf(one: ListCase, { owner, sql, admin, database, page }: Parts): ListRow[] {
  const { list, entries } = one;
  const order = list.sortedBy.map(({ column }) => `e.${column} ${list.direction}`).join(', ');
  const where = bind(one.where, owner);
  let filled = 0;
  /** Values of the sort keys before the middle page. */
  let middle: string[] = [];

  async function fill(size: number): Promise<void> {
    if (size <= filled) return;
    if (filled === 0 && one.before !== undefined) await sql.query(bind(one.before, owner));
    for (; filled < size; filled = Math.min(size, filled + filledAtOnce))
      await sql.query(
        bind(one.fill, owner, { first: filled + 1, last: Math.min(size, filled + filledAtOnce) }),
      );
    // The store does not wait for its log, and what is not in the log yet cannot be marked as visible to all.
    await admin.query('checkpoint');
    await admin.query(`vacuum analyze ${list.table}`);
    const keys = list.sortedBy.map(({ column, type }) =>
      type === 'timestamptz' ? `(e.${column} at time zone 'UTC')::text || '+00'` : `e.${column}::text`,
    );
    const found = await sql.query<{ keys: string[] }>(
      `select array[${keys}] as keys from ${list.table} e where ${where} order by ${order} limit 1 offset $1`,
      [size >> 1],
    );
    middle = found.rows[0]?.keys ?? [];
  }

  const keysAfter = `(${list.sortedBy.map(({ column }) => `e.${column}`)}) ${list.direction === 'asc' ? '>' : '<'}
    (${list.sortedBy.map(({ type }, index) => `$${index + 1}::${type}`)})`;
  const floorOf = (condition: string) =>
    `select ${list.columns} from (
       select e.* from ${list.table} e where ${where} ${condition} order by ${order} limit ${pageSize}
     ) e ${list.join ?? ''} order by ${order}`;
  const cursor = () => encodeCursor(list, { counted: filled, keys: middle });
  const withQuery = (more: string) => `${one.path(owner)}?page_size=${pageSize}${more}`;
  const rowAt = (
    place: 'first' | 'middle',
    { path, paging, text, values }: { path(): string; paging(): object; text: string; values(): string[] },
  ): ListRow => ({
    id: `${one.id}.${place}`,
    title: `${one.title}: ${place} page`,
    list: one.id,
    fill,
    measure: () =>
      timed(async () => {
        const { [entries]: shown } = await page(path());
        if (!Array.isArray(shown) || shown.length !== pageSize) throw new Error(`${one.id}: not a full page`);
      }),
    read: () => timed(() => one.read(database, owner, { page: 1, page_size: pageSize, ...paging() })),
    floor: () => timed(() => sql.query({ name: place, text, values: values() })),
  });
  return [
    rowAt('first', { path: () => withQuery(''), paging: () => ({}), text: floorOf(''), values: () => [] }),
    rowAt('middle', {
      path: () => withQuery(`&cursor=${cursor()}`),
      paging: () => ({ cursor: cursor() }),
      text: floorOf(`and ${keysAfter}`),
      values: () => middle,
    }),
  ];
}
