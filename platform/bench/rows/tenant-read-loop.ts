import { z } from 'zod';
import { createLog } from '../../kit/observe/log.ts';
import { openDatabase } from '../../kit/postgres/database.ts';
import { readConfig, variables } from '../../kit/service/config.ts';
import { readColumns } from './read-statement.ts';

/** A separate program: concurrent callers read one row as a tenant. It prints the reads per second. */
const config = readConfig(
  z.object({
    DATABASE_URL: variables.databaseUrl,
    TENANT_ID: z.uuid(),
    USER_ID: z.uuid(),
    SECONDS: variables.positiveInt,
    CALLERS: variables.positiveInt,
  }),
  { env: process.env },
);

const database = openDatabase({
  url: config.DATABASE_URL,
  log: createLog({ service: 'bench', level: 'error' }),
});
const tenant = { tenantId: config.TENANT_ID, userId: config.USER_ID };
const statement = {
  name: 'read_profile',
  text: `select ${readColumns} from profiles.profiles where id = $1`,
};

async function readUntil(end: number): Promise<number> {
  let reads = 0;
  while (performance.now() < end) {
    const { rows } = await database.tenantRead(tenant, statement, [tenant.userId]);
    if (rows.length !== 1) throw new Error(`read ${rows.length} rows instead of one`);
    reads += 1;
  }
  return reads;
}

async function readAll(ms: number): Promise<number> {
  const end = performance.now() + ms;
  const counts = await Promise.all(Array.from({ length: config.CALLERS }, () => readUntil(end)));
  return counts.reduce((sum, count) => sum + count, 0);
}

// pgbench does not count the opening of connections either.
await readAll(300);
const started = performance.now();
const reads = await readAll(config.SECONDS * 1000);
const readsPerSecond = reads / ((performance.now() - started) / 1000);
await database.close();
process.stdout.write(`${JSON.stringify({ readsPerSecond })}\n`);
