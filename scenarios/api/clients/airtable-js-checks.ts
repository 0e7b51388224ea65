import { isDeepStrictEqual } from 'node:util';
import { defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { clientCheck } from '../client-check.ts';
import { errorUses } from './airtable-js/error-uses.ts';
import { readUses } from './airtable-js/read-uses.ts';
import type { Use, UseContext } from './airtable-js/use.ts';
import { createUseBase } from './airtable-js/use-base.ts';
import { writeUses } from './airtable-js/write-uses.ts';
import { usesBreak } from './client-breaks.ts';

const uses: readonly Use[] = [...readUses, ...writeUses, ...errorUses];

/** The use with what it saw, if that is wrong. An exception of the client is a wrong value as well. */
async function wrongValue(use: Use, context: UseContext): Promise<string | undefined> {
  const seen = await use.observe(context).catch((error: unknown) => `exception: ${error}`);
  if (isDeepStrictEqual(seen, use.expected)) return undefined;
  return `${use.name}: saw ${JSON.stringify(seen)}, expected ${JSON.stringify(use.expected)}`.slice(0, 400);
}

export const airtableJsUses = defineCheck({
  ...clientCheck,
  id: 'api.clients.airtable-js-uses',
  lasts: 24,
  waits: true,
  title: 'Airtable’s JavaScript client sees Airtable’s values',
  why: 'Programs depend on every method and option of the client: pages, typecast, errors, and cells of every kind.',
  severity: 'high',
  services: ['gateway', 'airtable-gateway'],
  timeoutMs: 60_000,
  expects: { uses: equals(63), wrong: empty() },
  breaks: [usesBreak],
  async run(context) {
    const useContext = await createUseBase(context, await context.account());
    const wrong: string[] = [];
    for (const use of uses) {
      const difference = await wrongValue(use, useContext);
      if (difference !== undefined) wrong.push(difference);
    }
    return { uses: uses.length, wrong };
  },
});
