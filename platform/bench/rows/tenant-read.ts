import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startTemporaryDatabase, type TemporaryDatabase } from '../../database/testing/temporary-database.ts';
import { createLog } from '../../kit/observe/log.ts';
import { openDatabase } from '../../kit/postgres/database.ts';
import { Processes } from '../processes.ts';
import { compare, inTurn } from '../rounds.ts';
import type { Bench, Figures, Row } from '../row.ts';
import { readColumns } from './read-statement.ts';

const clients = 8;

interface StoredProfile {
  tenantId: string;
  userId: string;
}

/** Stores enough rows that reading one needs an index. */
async function storeProfiles(stores: TemporaryDatabase, count: number): Promise<StoredProfile> {
  const log = createLog({ service: 'bench', level: 'error' });
  const database = openDatabase({ url: stores.urlOf('user_service'), log });
  try {
    let last: StoredProfile | undefined;
    for (let index = 0; index < count; index += 1) {
      last = { tenantId: randomUUID(), userId: randomUUID() };
      await database.tenantQuery(
        last,
        {
          name: 'store_profile',
          text: `insert into profiles.profiles (id, tenant_id, email, display_name, role) values ($1, $2, $3, $3, 'user')`,
        },
        [last.userId, last.tenantId, `user-${index}@example.com`],
      );
    }
    return last as StoredProfile;
  } finally {
    await database.close();
  }
}

async function readWithPgbench(
  processes: Processes,
  bench: Bench,
  options: { url: string; script: string; userId: string; settings: string },
): Promise<number> {
  const { username, password, pathname, searchParams } = new URL(options.url);
  const output = await processes.run(
    {
      name: 'pgbench',
      command: bench.tools.pgbench as string,
      args: [
        '-n',
        ...['-M', 'prepared'],
        ...['-c', String(clients)],
        ...['-T', String(bench.seconds)],
        // pgbench sends this variable as the parameter of the statement.
        ...['-D', `id=${options.userId}`],
        ...['-f', options.script],
      ],
      env: {
        PGHOST: searchParams.get('host') ?? '',
        PGUSER: username,
        PGPASSWORD: decodeURIComponent(password),
        PGDATABASE: pathname.slice(1),
        PGOPTIONS: options.settings,
      },
    },
    bench.signal,
  );
  const tps = /tps = ([\d.]+) \(without initial connection time\)/.exec(output)?.[1];
  if (tps === undefined || !/number of failed transactions: 0 /.test(output))
    throw new Error(`pgbench printed no result: ${output}`);
  return Number(tps);
}

/** Reads per second of one row by key: through the kit's pool as a tenant, and with pgbench on the same server. */
export const tenantRead: Row = {
  id: 'read',
  title: `Single-row read through a service's pool with the tenant set, ${clients} callers`,
  peer: `pgbench -M prepared, ${clients} clients, same row, tenant set once per connection`,
  unit: 'reads/s',
  compares: 'ratio',
  aim: 0.9,
  needs: ['pgbench'],
  async measure(bench): Promise<Figures> {
    const { folder, programs, signal, tools } = bench;
    await using stores = await startTemporaryDatabase();
    await using processes = new Processes(tools.taskset);
    const { tenantId, userId } = await storeProfiles(stores, 1000);
    const script = join(folder, 'read.sql');
    await writeFile(script, `select ${readColumns} from profiles.profiles where id = :id;\n`);
    const url = stores.urlOf('user_service');
    const settings = `-c app.tenant_id=${tenantId} -c app.user_id=${userId}`;
    const ours = async () => {
      const output = await processes.run(
        {
          name: 'read loop',
          command: process.execPath,
          args: [programs['tenant-read-loop'] as string],
          env: {
            DATABASE_URL: url,
            TENANT_ID: tenantId,
            USER_ID: userId,
            SECONDS: String(bench.seconds),
            CALLERS: String(clients),
          },
        },
        signal,
      );
      return Number(JSON.parse(output).readsPerSecond);
    };
    const series = await inTurn({
      rounds: bench.rounds,
      signal,
      ours,
      peer: () => readWithPgbench(processes, bench, { url, script, userId, settings }),
    });
    return { ...compare(series, 'ratio'), invalid: series.disturbances, notes: [] };
  },
};
