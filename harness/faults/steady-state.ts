import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { BootedStack } from '../runtime/runtime.ts';

/** What no lifted fault may leave changed, one text each: services that are ready, rights and code of the stores. */
export type SteadyState = ReadonlySet<string>;

/** Maximum time for a platform to be as before, milliseconds: services connect to their stores again. */
const limitMs = 30_000;
const pollMs = 100;
const unreadable = 'cannot be read';

const list = (privileges: string) =>
  `array(select entry::text from unnest(${privileges}) entry order by 1)::text`;
const own = `nspname !~ '^pg_' and nspname <> 'information_schema'`;

/** Everything in the database that breaks change and that is no row. */
const structure = `
  select concat_ws(' ', 'trigger', tgrelid::regclass, tgname, tgenabled) from pg_trigger where not tgisinternal
  union all
  select concat_ws(' ', 'function', p.oid::regprocedure, md5(prosrc), ${list(`coalesce(proacl, acldefault('f', proowner))`)})
    from pg_proc p join pg_namespace n on n.oid = pronamespace where ${own}
  union all
  select concat_ws(' ', 'policy', polrelid::regclass, polname, polcmd, polpermissive, polroles::text,
    pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) from pg_policy
  union all
  select concat_ws(' ', 'relation', c.oid::regclass, relkind, relowner::regrole, relrowsecurity, relforcerowsecurity,
    ${list(`coalesce(relacl, acldefault((case relkind when 'S' then 's' else 'r' end)::"char", relowner))`)})
    from pg_class c join pg_namespace n on n.oid = relnamespace where ${own} and relkind <> 'i'
  union all
  select concat_ws(' ', 'column', attrelid::regclass, attname, atttypid::regtype, attnotnull)
    from pg_attribute join pg_class c on c.oid = attrelid join pg_namespace n on n.oid = relnamespace
    where ${own} and attnum > 0 and not attisdropped
  union all
  select concat_ws(' ', 'constraint', conrelid::regclass, conname, convalidated, pg_get_constraintdef(c.oid))
    from pg_constraint c join pg_namespace n on n.oid = connamespace where ${own}
  union all
  select concat_ws(' ', 'index', indisvalid, pg_get_indexdef(indexrelid))
    from pg_index join pg_class c on c.oid = indexrelid join pg_namespace n on n.oid = relnamespace where ${own}
  union all
  select concat_ws(' ', 'role', rolname, rolsuper, rolbypassrls, rolcanlogin, rolcreaterole, rolcreatedb,
    rolreplication, rolconnlimit) from pg_roles
  union all
  select concat_ws(' ', 'member', roleid::regrole, member::regrole) from pg_auth_members
  union all
  select concat_ws(' ', 'setting of', setdatabase, setrole::regrole, setconfig::text) from pg_db_role_setting
  union all
  select concat_ws(' ', 'schema', nspname, ${list(`coalesce(nspacl, acldefault('n', nspowner))`)})
    from pg_namespace where ${own}
  union all
  select concat_ws(' ', 'configuration', name, setting) from pg_settings
    where source in ('configuration file', 'command line', 'database')`;

/** Reads the state. What cannot be read is named in it. */
export async function readSteadyState({ addresses }: Pick<BootedStack, 'addresses'>): Promise<SteadyState> {
  const { services, postgres, redis } = addresses;
  const parts: [string, Promise<string[]>][] = Object.entries(services).map(([name, url]) => [
    name,
    readReadiness(name, url),
  ]);
  if (postgres) parts.push(['postgres', readDatabase(postgres.adminUrl)]);
  if (redis) parts.push(['redis', readRedis(redis.url)]);
  const read = parts.map(([name, part]) => part.catch(() => [`${name} ${unreadable}`]));
  return new Set((await Promise.all(read)).flat());
}

/** @throws Error when a part of the state could not be read: later ones would be compared with nothing */
export function requireComplete(state: SteadyState): void {
  const missing = [...state].filter((text) => text.endsWith(unreadable));
  if (missing.length > 0) throw new Error(missing.join(', '));
}

async function readReadiness(name: string, url: string): Promise<string[]> {
  const response = await fetch(`${url}/ready`, { signal: AbortSignal.timeout(3_000) });
  await response.arrayBuffer();
  return [`${name} responds with ${response.status}`];
}

async function readDatabase(connectionString: string): Promise<string[]> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 3_000, query_timeout: 5_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ text: string }>(
      `select text from (${structure}) as all_of_it (text)`,
    );
    return rows.map(({ text }) => text);
  } finally {
    await client.end();
  }
}

async function readRedis(url: string): Promise<string[]> {
  const client = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 1, connectTimeout: 3_000 });
  client.on('error', () => undefined);
  try {
    const settings = (await client.call('config', 'get', '*')) as string[];
    const pairs = settings.flatMap((name, index) =>
      index % 2 === 0 ? [`redis ${name} ${settings[index + 1]}`] : [],
    );
    const users = (await client.call('acl', 'list')) as string[];
    return [...pairs, ...users.map((user) => `redis ${user}`)];
  } finally {
    client.disconnect();
  }
}

/** What is missing or new, one text each. */
export function differencesOf(before: SteadyState, after: SteadyState): string[] {
  return [
    ...[...before].filter((text) => !after.has(text)).map((text) => `missing: ${text}`),
    ...[...after].filter((text) => !before.has(text)).map((text) => `new: ${text}`),
  ];
}

/** Waits until the platform is as before. @returns the differences that stay */
export async function awaitSteadyState(
  stack: Pick<BootedStack, 'addresses'>,
  before: SteadyState,
  signal: AbortSignal,
): Promise<string[]> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const differences = differencesOf(before, await readSteadyState(stack));
    if (differences.length === 0 || performance.now() > deadline || signal.aborted) return differences;
    await pause(pollMs, undefined, { signal }).catch(() => undefined);
  }
}
