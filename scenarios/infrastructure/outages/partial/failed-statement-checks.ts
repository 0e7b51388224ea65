import {
  atLeast,
  type Break,
  type CheckContext,
  defineCheck,
  empty,
} from '../../../../harness/engine/index.ts';
import { type ServiceDatabase, serviceDatabases } from '../../../kit/service-databases.ts';
import { firstOf, outageFields } from '../check-fields.ts';
import { differencesFrom, lossesIn } from '../judge-outage.ts';
import { describeRead, openSample, type ReadResult, type Sample, sendReads } from '../sample-reads.ts';

/** A table that the role of a service may read. */
interface ReadableTable extends ServiceDatabase {
  /** With its schema, quoted. */
  table: string;
}

/** What the reads of a service came to while one of its tables could not be read. */
interface FailedStatement extends ReadableTable {
  during: readonly ReadResult[];
}

const breaks: readonly Break[] = [
  {
    defect: 'A conversation has no messages when they cannot be read.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/llm-orchestrator/sessions/session-handlers.ts',
        find: 'messages: await readHistory(database, tenantOf(caller), id) };',
        replace: 'messages: await readHistory(database, tenantOf(caller), id).catch(() => []) };',
      },
    ],
    violates: ['hiddenFailures'],
  },
];

export const failedStatementsShow = defineCheck({
  ...outageFields,
  id: 'infrastructure.postgres-outage.failed-statements-show',
  title: 'Reads fail when one of their statements fails',
  failureTitle: 'Reads hide that one of their statements failed',
  why: 'A lock, a time limit or a right may stop one statement while the others work. A list that is empty then looks like lost data, and programs act on it.',
  // A target that may not be stopped may not lose rights either.
  requires: ['postgres-admin', 'node-restart'],
  destructive: {
    kind: 'drill',
    effect: 'takes the right to read from each service, one table at a time',
  },
  remediation: {
    text: 'Look for a caught error that becomes an empty result in the handler of the named route. The table in front of it is the one that could not be read.',
    effort: 'hours',
  },
  expects: {
    tables: atLeast(25, 'tables'),
    failedReads: atLeast(25, 'reads'),
    hiddenFailures: empty(),
    stillFailing: empty(),
  },
  breaks,
  run: async (context) => {
    const sample = await openSample(context);
    const before = await sendReads(context, sample, sample.reads);
    const statements = await failEachStatement(context, sample);
    const after = await sendReads(context, sample, sample.reads);
    const failed = statements.flatMap(({ table, during }) =>
      differencesFrom([], during).map((text) => `${table}: ${text}`),
    );
    const hidden = statements.flatMap(({ table, during }) =>
      during.flatMap((result) => {
        const losses = lossesIn(before, result);
        return losses.length > 0 ? [`${table}: ${describeRead(result)}, and ${losses.join(', ')}`] : [];
      }),
    );
    const stillFailing = differencesFrom(before, after);
    await context.keep('failed-statements.json', {
      tables: statements.map(({ table }) => table),
      failed,
      hidden,
      stillFailing,
    });
    return {
      tables: statements.length,
      failedReads: failed.length,
      hiddenFailures: firstOf(hidden),
      stillFailing: firstOf(stillFailing),
    };
  },
});

/** Sends the reads of each service once per table, while its role may not read that table. */
async function failEachStatement(context: CheckContext, sample: Sample): Promise<FailedStatement[]> {
  const admin = context.databaseAdmin();
  const statements: FailedStatement[] = [];
  for (const readable of await readableTables(context)) {
    context.signal.throwIfAborted();
    const { service, role, table } = readable;
    const reads = sample.reads.filter((read) => read.service === service);
    try {
      await admin.query(`revoke select on ${table} from ${role}`);
      statements.push({ ...readable, during: await sendReads(context, sample, reads) });
    } finally {
      await admin.query(`grant select on ${table} to ${role}`);
    }
  }
  return statements;
}

/**
 * Every table of a service that its role may read as a whole. One whose columns it was granted singly is left out: the
 * loss of the right to the table would take those too, for good.
 */
async function readableTables(context: CheckContext): Promise<ReadableTable[]> {
  const { rows } = await context.databaseAdmin().query<{ role: string; table: string }>(
    `select distinct grantee.rolname as role, c.oid::regclass::text as table
       from pg_class c
       cross join lateral aclexplode(c.relacl) as granted
       join pg_roles grantee on grantee.oid = granted.grantee
      where c.relkind in ('r', 'p')
        and granted.privilege_type = 'SELECT'
        and grantee.rolname = any($1)
        and not exists (
          select from pg_attribute a, aclexplode(a.attacl) as single
           where a.attrelid = c.oid and single.grantee = grantee.oid and single.privilege_type = 'SELECT')
      order by 1, 2`,
    [serviceDatabases.map(({ role }) => role)],
  );
  return rows.flatMap(({ role, table }) => {
    const database = serviceDatabases.find((one) => one.role === role);
    return database ? [{ ...database, table }] : [];
  });
}
