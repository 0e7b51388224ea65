import { atLeast, type Break, type CheckContext, defineCheck, empty } from '../../../harness/engine/index.ts';
import { serviceNames } from '../../../platform/contracts/service.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { serviceDatabases, tenantSetting } from '../../kit/service-databases.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { openSample, type SampleRead } from '../outages/sample-reads.ts';
import { type LeadingColumns, type PlanNode, tablesReadWhole } from './index-plans.ts';

/** Maximum number of traced requests at the same time: each waits for the spans of its service. */
const atOnce = 8;

const breaks: readonly Break[] = [
  {
    defect: 'The index of a tenant’s files is missing.',
    changes: [
      {
        kind: 'sql',
        apply: 'drop index files.files_newest, files.files_with_status',
        restore: `create index files_newest on files.files (tenant_id, workspace_id, created_at desc, id desc);
                  create index files_with_status on files.files (tenant_id, workspace_id, status, created_at desc, id desc)`,
      },
    ],
    violates: ['wholeTables'],
  },
];

export const readsUseIndexes = defineCheck({
  id: 'infrastructure.schema.reads-use-indexes',
  title: 'No read of a user goes through a whole table',
  failureTitle: 'Reads of users go through whole tables',
  why: 'A statement without an index is fast while the tables are small, and takes seconds when all tenants are there. The check takes the statements from the traces of every read and asks the planner.',
  category: 'infrastructure',
  severity: 'high',
  needs: [registrationWorks, ...serviceNames.map(readyCheckId)],
  services: serviceNames,
  requires: ['traces', 'postgres-service-roles', 'registration'],
  timeoutMs: 60_000,
  remediation: {
    text: 'Create an index that begins with the columns of the condition, tenant_id among them. plans.json in the evidence has the plan of each statement.',
    effort: 'hours',
  },
  expects: { statements: atLeast(40, 'statements'), wholeTables: empty(), unexplained: empty() },
  breaks,
  run: async (context) => {
    const statements = await collectStatements(context);
    const wholeTables: string[] = [];
    const unexplained: string[] = [];
    const plans: Record<string, unknown>[] = [];
    for (const { service, schema } of serviceDatabases) {
      const client = await context.databaseAs(service).connect();
      try {
        await client.query('begin');
        const leading = await readLeadingColumns(client, schema);
        await client.query('set local enable_seqscan = off');
        await client.query(`select set_config('${tenantSetting}', gen_random_uuid()::text, true)`);
        for (const [text, read] of statements.get(service) ?? []) {
          await client.query('savepoint one');
          try {
            const { rows } = await client.query(`explain (generic_plan, format json) ${text}`);
            const plan = rows[0]['QUERY PLAN'][0].Plan as PlanNode;
            plans.push({ service, read, text, plan });
            for (const table of new Set(tablesReadWhole(plan, leading)))
              wholeTables.push(`${service}: ${table} (${read})`);
          } catch (error) {
            unexplained.push(`${service} (${read}): ${String((error as Error).message)}`);
          }
          await client.query('rollback to one');
        }
      } finally {
        await client.query('rollback');
        client.release();
      }
    }
    await context.keep('plans.json', JSON.stringify(plans, null, 1));
    return {
      statements: [...statements.values()].reduce((sum, texts) => sum + texts.size, 0),
      wholeTables: [...new Set(wholeTables)].slice(0, 40),
      unexplained: unexplained.slice(0, 20),
    };
  },
});

/** Indexes of one schema: other schemas have some of the same names, and services read their own only. */
async function readLeadingColumns(
  client: { query(text: string, values: string[]): Promise<{ rows: { name: string; leading: string }[] }> },
  schema: string,
): Promise<LeadingColumns> {
  const { rows } = await client.query(
    `select c.relname as name, pg_get_indexdef(i.indexrelid, 1, true) as leading
     from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
     where i.indisvalid and n.nspname = $1`,
    [schema],
  );
  return new Map(rows.map(({ name, leading }) => [name, leading]));
}

/** The statements of all reads by service, each with the read that it comes from. */
async function collectStatements(context: CheckContext): Promise<Map<string, Map<string, string>>> {
  const sample = await openSample(context);
  const statements = new Map<string, Map<string, string>>();
  const withDatabase: ReadonlySet<string> = new Set(serviceDatabases.map(({ service }) => service));
  const waiting = [...sample.reads.filter(({ service }) => withDatabase.has(service)).entries()];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, read] = next;
      for (const { service, text } of await statementsOf(context, sample, { index, read })) {
        const known = statements.get(service) ?? new Map<string, string>();
        if (!known.has(text)) known.set(text, read.id);
        statements.set(service, known);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return statements;
}

async function statementsOf(
  { traces }: CheckContext,
  { token, address }: { token: string; address: string },
  { index, read }: { index: number; read: SampleRead },
): Promise<{ service: string; text: string }[]> {
  const { service, method, path } = read;
  const { spans } = await traces.request(service, path, {
    method,
    token,
    from: address,
    stops: [{ service, name: /^(?:GET|POST)/ }],
    name: `read-${index + 1}`,
  });
  return spans.flatMap((span) => {
    const text = span.attributes['db.query.text'];
    return typeof text === 'string' && /^\s*(?:with|select)\b/i.test(text)
      ? [{ service: span.service, text }]
      : [];
  });
}
