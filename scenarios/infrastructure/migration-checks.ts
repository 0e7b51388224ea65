import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { atLeast, type Break, defineCheck, empty } from '../../harness/engine/index.ts';

/** The migrations of this release, beside the harness that measures it. */
const folder = join(import.meta.dirname, '../../platform/database/migrations');

const breaks: readonly Break[] = [
  {
    defect: 'A migration of the release was not applied, and one of another release was.',
    changes: [
      {
        kind: 'sql',
        apply: `update migrations.applied set name = '999_of_another_release.sql' where name like '104%'`,
        restore: `update migrations.applied set name = '104_exports.sql' where name = '999_of_another_release.sql'`,
      },
    ],
    violates: ['missing', 'unknown'],
  },
  {
    defect: 'A migration was changed after it had been applied.',
    changes: [
      {
        kind: 'sql',
        apply: `update migrations.applied set checksum = reverse(checksum) where name like '104%'`,
        restore: `update migrations.applied set checksum = reverse(checksum) where name like '104%'`,
      },
    ],
    violates: ['changed'],
  },
];

export const migrationsApplied = defineCheck({
  id: 'infrastructure.schema.migrations-applied',
  title: 'The database has exactly the migrations of the release',
  failureTitle: 'The database has other migrations than the release',
  why: 'A missing migration shows as an error in the one request that needs it. A changed one means that two databases of the same release differ.',
  category: 'infrastructure',
  severity: 'high',
  needs: ['infrastructure.postgres.version-16-9'],
  requires: ['postgres-admin'],
  remediation: {
    text: 'Run the migrations (platform/database/main.ts) against this database. Never edit an applied migration: write another one.',
    effort: 'hours',
  },
  expects: {
    migrations: atLeast(30, 'migrations'),
    missing: empty(),
    unknown: empty(),
    changed: empty(),
  },
  breaks,
  run: async ({ databaseAdmin }) => {
    const released = await readMigrations();
    const { rows } = await databaseAdmin().query<{ name: string; checksum: string }>(
      'select name, checksum from migrations.applied order by applied_at, name',
    );
    const applied = new Map(rows.map(({ name, checksum }) => [name, checksum]));
    const names = rows.map(({ name }) => name);
    return {
      migrations: released.size,
      missing: [...released.keys()].filter((name) => !applied.has(name)),
      unknown: names.filter((name) => !released.has(name)),
      changed: names.filter((name) => released.has(name) && released.get(name) !== applied.get(name)),
    };
  },
});

/** Names and checksums, as `platform/database/migrate.ts` computes them: comments may be edited later. */
async function readMigrations(): Promise<Map<string, string>> {
  const names = (await readdir(folder)).filter((name) => /^\d{3}_[a-z0-9_]+\.sql$/.test(name)).sort();
  const checksums = await Promise.all(
    names.map(async (name) => {
      const statements = (await readFile(join(folder, name), 'utf8')).replaceAll(/^\s*--.*\n/gm, '');
      return [name, createHash('sha256').update(statements).digest('hex')] as const;
    }),
  );
  return new Map(checksums);
}
