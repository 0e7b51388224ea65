import {
  atLeast,
  atMost,
  type Break,
  type CheckContext,
  defineCheck,
  empty,
} from '../../../../harness/engine/index.ts';
import { serviceDatabases } from '../../../kit/service-databases.ts';
import { firstOf, outageFields } from '../check-fields.ts';
import { differencesFrom, hiddenFailures, undocumentedFailures } from '../judge-outage.ts';
import { openSample, type ReadResult, sendReads } from '../sample-reads.ts';
import { healLimitMs, waitUntilHealed } from '../store-outage.ts';

const roles = serviceDatabases.map(({ role }) => role);

const breaks: readonly Break[] = [
  {
    defect: 'A database without free connections is an internal error.',
    changes: [
      {
        kind: 'source',
        file: 'platform/kit/service/store-failure.ts',
        find: '(?:08(?!P01)|28|3D|53)[0-9A-Z]{3}',
        replace: '(?:08(?!P01)|28|3D)[0-9A-Z]{3}',
      },
    ],
    violates: ['otherErrors'],
  },
  {
    defect: 'automation-services lists no workflows without a connection.',
    changes: [
      {
        kind: 'exchange',
        service: 'automation-services',
        path: /^\/workflows(?:\?|$)/,
        response: ({ status, headers }) =>
          status === 503
            ? {
                status: 200,
                headers: { ...headers, 'content-type': 'application/json' },
                body: Buffer.from('{"workflows":[],"total":0,"page":1,"page_size":20}'),
              }
            : {},
      },
    ],
    violates: ['hiddenFailures'],
  },
];

export const fullDatabaseIsNotHidden = defineCheck({
  ...outageFields,
  id: 'infrastructure.postgres-outage.full-connections-are-survived',
  title: 'Services survive a database without free connections',
  failureTitle: 'Services do not survive a database without free connections',
  why: 'When one service takes all connections, the others get 53300 for each new one. They must say so, lose nothing, and work again when connections are free.',
  // A target that may not be stopped may not be without connections either.
  requires: ['postgres-admin', 'node-restart'],
  destructive: { kind: 'drill', effect: 'lets no service open a connection to PostgreSQL for some seconds' },
  remediation: {
    text: 'Map SQLSTATE 53300 to 503 not_ready with Retry-After (platform/kit/service/store-failure.ts), and let pools open new connections later.',
    effort: 'hours',
  },
  expects: {
    rejected: atLeast(40, 'reads'),
    hiddenFailures: empty(),
    otherErrors: empty(),
    notHealed: empty(),
    healedAfter: atMost(healLimitMs, 'ms'),
  },
  breaks,
  run: async (context) => {
    const sample = await openSample(context);
    const before = await sendReads(context, sample, sample.reads);
    const during = await withoutConnections(context, () => sendReads(context, sample, sample.reads));
    const freeAtMs = performance.now();
    const healing = await waitUntilHealed(context, sample, before);
    const rejected = differencesFrom([], during);
    await context.keep('full-database.json', { rejected, notHealed: [...healing.problems] });
    return {
      rejected: rejected.length,
      hiddenFailures: firstOf(hiddenFailures(before, during)),
      otherErrors: firstOf(undocumentedFailures(during)),
      notHealed: firstOf(healing.problems),
      healedAfter: healing.atMs === undefined ? healLimitMs * 10 : Math.round(healing.atMs - freeAtMs),
    };
  },
});

/** Ends the connections of all services, and allows no new ones while the work is done. */
async function withoutConnections(
  context: CheckContext,
  work: () => Promise<readonly ReadResult[]>,
): Promise<readonly ReadResult[]> {
  const admin = context.databaseAdmin();
  const limitTo = async (limit: (role: string) => number): Promise<void> => {
    for (const role of roles) await admin.query(`alter role ${role} connection limit ${limit(role)}`);
  };
  const { rows } = await admin.query<{ rolname: string; rolconnlimit: number }>(
    'select rolname, rolconnlimit from pg_roles where rolname = any($1)',
    [roles],
  );
  const usual = new Map(rows.map(({ rolname, rolconnlimit }) => [rolname, rolconnlimit]));
  try {
    await limitTo(() => 0);
    await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = any($1)', [
      roles,
    ]);
    return await work();
  } finally {
    await limitTo((role) => usual.get(role) ?? -1);
  }
}
