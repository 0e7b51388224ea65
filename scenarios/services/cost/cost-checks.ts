import {
  atMost,
  type CheckContext,
  defineCheck,
  type Exchange,
  empty,
  equals,
  measurement,
  ProductFailure,
} from '../../../harness/engine/index.ts';
import { summary } from '../../kit/response.ts';
import { sendDirectly } from '../../kit/send-as.ts';
import { listAt } from '../../kit/shape.ts';
import { readsFromKeys } from '../records/indexed-pages.ts';
import { recordCheck } from '../records/record-check.ts';
import { costBreaks } from './cost-breaks.ts';
import { costCases } from './cost-cases.ts';
import { type Growth, growthOf, median, type Round } from './paired-times.ts';
import { analyzeTables, clearTenant, type SizedTenant, sizedTenant } from './sized-tenant.ts';

const few = 100;
/** More records than `RECORD_INDEX_FROM` of airtable-gateway, whose default is 2,000. */
const many = 10_000;
const rounds = 15;
/** Requests before the first round: code and plans are made then. */
const warmUps = 3;
/**
 * A cost that follows the rows would be up to 100 times as high. Lists that do not slow down stay below 1.4 on a busy
 * machine, and the cheapest of those that do, a filter in SQL that reads all rows, is above 3 on an idle one.
 */
const maxGrowth = 2;
/** Equal requests whose times differ more than this say nothing about unequal ones. */
const maxNoise = 2;
const pageSize = 50;

interface Operation {
  name: string;
  /** Number of entries of a page. */
  expected: number;
  send(tenant: SizedTenant): Promise<Exchange>;
  /** Number of entries in the response of a tenant. */
  entries(response: Exchange): number;
}

function operationsOf(context: CheckContext): { operations: Operation[]; byName: Operation } {
  const records = (name: string, selection: object, expected = pageSize): Operation => ({
    name,
    expected,
    send: ({ account, base, table }) =>
      sendDirectly(context, account, 'airtable-gateway')('POST', `/v0/${base}/${table}/listRecords`, {
        pageSize,
        ...selection,
      }),
    entries: ({ json }) => listAt(json, 'records').length,
  });
  const lists = costCases.map(
    ({ list, service, path, entries }): Operation => ({
      name: list,
      expected: pageSize,
      send: ({ account }) => sendDirectly(context, account, service)('GET', `${path}?page_size=${pageSize}`),
      entries: ({ json }) => listAt(json, entries).length,
    }),
  );
  const byName = records('records by name', { sort: [{ field: 'Name', direction: 'asc' }] });
  const none = records('records with a name that none has', { filterByFormula: '{Name} = "Nobody"' }, 0);
  return { operations: [...lists, records('records in their order', {}), byName, none], byName };
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
      const { operations, byName } = operationsOf(context);
      const readFromKeys = await readsFromKeys(context, () => byName.send(large));
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
          if (found !== operation.expected)
            incomplete.push(
              `${operation.name} of ${tenant.rows}: ${found} entries instead of ${operation.expected}`,
            );
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
