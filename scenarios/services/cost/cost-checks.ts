import type { CheckContext, Exchange } from '../../../harness/engine/index.ts';
import {
  atMost,
  defineCheck,
  empty,
  equals,
  measurement,
  ProductFailure,
} from '../../../harness/engine/index.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { summary } from '../../kit/response.ts';
import { listAt } from '../../kit/shape.ts';
import { indexedPages } from '../records/indexed-pages.ts';
import { recordCheck } from '../records/record-check.ts';
import { costBreaks } from './cost-breaks.ts';
import { costCases } from './cost-cases.ts';
import { type Growth, growthOf, median, type Round } from './paired-times.ts';
import { analyzeTables, clearTenant, type SizedTenant, sendTo, sizedTenant } from './sized-tenant.ts';

const few = 100;
/** More records than `RECORD_INDEX_FROM` of airtable-gateway, whose default is 2,000. */
const many = 10_000;
const rounds = 15;
/** Requests before the first round: code and plans are made then. */
const warmUps = 3;
/** A cost that follows the rows would be up to 100 times as high. Twice would be noise on a busy machine. */
const maxGrowth = 3;
/** Equal requests whose times differ more than this say nothing about unequal ones. */
const maxNoise = 3;
const pageSize = 50;

interface Operation {
  name: string;
  send(tenant: SizedTenant): Promise<Exchange>;
  /** Number of entries in the response of a tenant. */
  entries(response: Exchange): number;
}

function operationsOf(context: CheckContext): Operation[] {
  const records = (name: string, selection: object): Operation => ({
    name,
    send: (tenant) =>
      sendTo(context, tenant, {
        service: 'airtable-gateway',
        method: 'POST',
        path: `/v0/${tenant.base}/${tenant.table}/listRecords`,
        body: { pageSize, ...selection },
      }),
    entries: ({ json }) => listAt(json, 'records').length,
  });
  return [
    ...costCases.map(
      ({ list, service, path, entries }): Operation => ({
        name: list,
        send: (tenant) =>
          sendTo(context, tenant, { service, method: 'GET', path: `${path}?page_size=${pageSize}` }),
        entries: ({ json }) => listAt(json, entries).length,
      }),
    ),
    records('records in their order', {}),
    records('records by name', { sort: [{ field: 'Name', direction: 'asc' }] }),
    records('records with a name that none has', { filterByFormula: '{Name} = "Nobody"' }),
  ];
}

/** Waits until the keys of names are stored, which the first list asks for. */
async function keysStored(context: CheckContext, byName: Operation, tenant: SizedTenant): Promise<boolean> {
  const before = await indexedPages(context);
  return pollUntil(
    async () => {
      await byName.send(tenant);
      return (await indexedPages(context)) > before;
    },
    (seen) => seen,
    context.signal,
    30_000,
  );
}

export const costsStayFlat = defineCheck({
  ...recordCheck,
  id: 'services.cost.lists-do-not-slow-down',
  title: 'A page takes no longer when its list is 100 times as long',
  failureTitle: 'Lists slow down with the number of their entries',
  why: 'Everything is fast in an empty database. A list that reads all rows of its tenant takes seconds after a year, for the customers with the most data first.',
  needs: [...recordCheck.needs, 'services.saga-service.available', 'services.automation-services.available'],
  services: [...recordCheck.services, 'saga-service', 'automation-services'],
  requires: ['postgres-admin'],
  isolation: 'exclusive',
  timeoutMs: 90_000,
  lasts: 8,
  remediation: {
    text: 'growth.json in the evidence has the times. Read the plan of the statement as the role of the service, with the tenant set: an index must give the order, and nothing may be counted or sorted beyond the page (docs/performance.md, Long lists and Large tables).',
    effort: 'hours',
  },
  expects: {
    noise: measurement(atMost(maxNoise, 'times')),
    readFromKeys: equals(true),
    incomplete: empty(),
    slowedDown: empty(),
  },
  breaks: costBreaks,
  async run(context) {
    const small = await sizedTenant(context, few);
    const large = await sizedTenant(context, many);
    try {
      await analyzeTables(context);
      const operations = operationsOf(context);
      const byName = operations.find(({ name }) => name === 'records by name') as Operation;
      const readFromKeys = await keysStored(context, byName, large);
      const incomplete: string[] = [];
      const grown: ({ name: string } & Growth)[] = [];
      for (const operation of operations) {
        const take = async (tenant: SizedTenant) => {
          const response = await operation.send(tenant);
          if (response.status !== 200) throw new ProductFailure(`${operation.name}: ${summary(response)}`);
          return response;
        };
        for (const tenant of [small, large]) {
          for (let time = 1; time < warmUps; time += 1) await take(tenant);
          const found = operation.entries(await take(tenant));
          const expected = operation.name.endsWith('none has') ? 0 : pageSize;
          if (found !== expected)
            incomplete.push(`${operation.name} of ${tenant.rows}: ${found} entries instead of ${expected}`);
        }
        const times: Round[] = [];
        for (let round = 0; round < rounds; round += 1) {
          const { durationMs: first } = await take(small);
          const { durationMs: long } = await take(large);
          const { durationMs: again } = await take(small);
          times.push({ few: first, fewAgain: again, many: long });
        }
        grown.push({ name: operation.name, ...growthOf(times) });
      }
      await context.keep('growth.json', JSON.stringify(grown, null, 1));
      return {
        noise: median(grown.map(({ noise }) => noise)),
        readFromKeys,
        incomplete,
        slowedDown: grown
          .filter(({ ratio }) => ratio > maxGrowth)
          .map(
            ({ name, ratio }) =>
              `${name}: ${ratio.toFixed(1)} times as long with ${many} entries as with ${few}, at most ${maxGrowth}`,
          ),
      };
    } finally {
      await clearTenant(context, small);
      await clearTenant(context, large);
    }
  },
});
