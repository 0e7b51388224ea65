import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { McpError } from '@modelcontextprotocol/sdk/types.js';
import Airtable from 'airtable';
import { type Account, type CheckContext, defineCheck, empty, equals } from '../../harness/engine/index.ts';
import { toolNames } from '../../platform/contracts/mcp-server/contract.ts';
import { callClient } from '../kit/client-call.ts';
import { prepare, sendAs } from '../kit/send-as.ts';
import { airtableEndpoint, clientCheck } from './client-check.ts';
import { journeyBreaks, mcpSdkBreaks, pagesBreak } from './clients/client-breaks.ts';
import { addPerson, createPeople, type PeopleBase } from './people-base.ts';
import { toolArguments } from './tool-arguments.ts';

/** Number of records written. */
const written = 250;

/** The expected result of all Airtable clients. Pages have 100 records. */
const expectedJourney = {
  written: equals(written),
  pages: equals([100, 100, 50]),
  filtered: equals(50),
  upserted: equals([1, 1]),
  deleted: equals(written + 1),
  left: equals(0),
};

export const airtableJs = defineCheck({
  ...clientCheck,
  id: 'api.clients.airtable-js',
  lasts: 11,
  waits: true,
  title: 'Airtable’s JavaScript client works through the gateway',
  why: 'Teams have programs written for Airtable. These programs must work with only the endpoint changed.',
  severity: 'high',
  services: ['gateway', 'airtable-gateway'],
  timeoutMs: 60_000,
  expects: expectedJourney,
  breaks: journeyBreaks,
  run: (context) => callClient('Airtable’s client', context.signal, () => airtableJourney(context)),
});

async function airtableJourney(context: CheckContext) {
  const account = await context.account();
  const { id } = await createPeople(context, account);
  const people = new Airtable({
    apiKey: account.accessToken,
    endpointUrl: airtableEndpoint(context.stack.services.gateway),
    noRetryIfRateLimited: true,
    requestTimeout: 10_000,
  }).base(id)('People');

  let created = 0;
  for (const batch of batches(written)) {
    const fields = batch.map((n) => ({ fields: { Name: `Person ${n}`, Age: n } }));
    created += (await people.create(fields)).length;
  }
  const sizes: number[] = [];
  await people.select({ pageSize: 100 }).eachPage((records, next) => {
    sizes.push(records.length);
    next();
  });
  const filtered = await people.select({ filterByFormula: '{Age} >= 200' }).all();
  const upserted = await upsert(context, account, id);
  let deleted = 0;
  const ids = (await people.select().all()).map((record) => record.id);
  for (const batch of batches(ids.length)) {
    deleted += (await people.destroy(batch.map((n) => ids[n] as string))).length;
  }
  return {
    written: created,
    pages: sizes,
    filtered: filtered.length,
    upserted,
    deleted,
    left: (await people.select().all()).length,
  };
}

/** The JavaScript client has no method for upserts; its users send this request. */
async function upsert(context: CheckContext, account: Account, baseId: string): Promise<number[]> {
  const json = await prepare(sendAs(context, account), 'PATCH', `/api/airtable/v0/${baseId}/People`, {
    performUpsert: { fieldsToMergeOn: ['Name'] },
    records: [{ fields: { Name: 'Person 3', Age: 1003 } }, { fields: { Name: 'Fresh' } }],
  });
  const { updatedRecords, createdRecords } = json as {
    updatedRecords?: unknown[];
    createdRecords?: unknown[];
  };
  return [updatedRecords?.length ?? 0, createdRecords?.length ?? 0];
}

function batches(count: number): number[][] {
  const all = Array.from({ length: count }, (_, index) => index);
  return Array.from({ length: Math.ceil(count / 10) }, (_, index) => all.slice(index * 10, index * 10 + 10));
}

export const pyairtable = defineCheck({
  ...clientCheck,
  id: 'api.clients.pyairtable',
  lasts: 14,
  waits: true,
  title: 'Python’s pyairtable works through the gateway',
  why: 'The platform is named after its Python users. Their library must work with only the endpoint changed.',
  severity: 'high',
  requires: ['python'],
  services: ['gateway', 'airtable-gateway'],
  timeoutMs: 90_000,
  expects: {
    ...expectedJourney,
    // Watched records per webhook payload.
    reported: equals([1]),
    webhooksLeft: equals(0),
  },
  breaks: [pagesBreak],
  async run({ account, python, stack }) {
    const { accessToken } = await account();
    const program = readFileSync(join(import.meta.dirname, 'pyairtable_journey.py'), 'utf8');
    const endpoint = airtableEndpoint(stack.services.gateway);
    const seen = (await python(program, { endpoint, key: accessToken })) as Record<string, number | number[]>;
    const observed = (name: string) => seen[name] ?? null;
    return {
      written: observed('written'),
      pages: observed('pages'),
      filtered: observed('filtered'),
      upserted: observed('upserted'),
      reported: observed('reported'),
      webhooksLeft: observed('webhooksLeft'),
      deleted: observed('deleted'),
      left: observed('left'),
    };
  },
});

export const mcpSdk = defineCheck({
  ...clientCheck,
  id: 'api.clients.mcp-sdk',
  users: 2,
  title: 'The MCP SDK calls every tool through the gateway',
  why: 'Hosts of language models use this SDK. A tool must report failures as the protocol defines.',
  severity: 'high',
  needs: [...clientCheck.needs, 'services.mcp-server.available'],
  services: ['gateway', 'mcp-server', 'airtable-gateway'],
  timeoutMs: 60_000,
  expects: {
    tools: equals([...toolNames].sort()),
    failed: empty(),
    unstructured: empty(),
    failureIsError: equals(true),
    foreignBaseIsError: equals(true),
  },
  breaks: mcpSdkBreaks,
  run: (context) => callClient('The MCP SDK', context.signal, () => mcpJourney(context)),
});

async function mcpJourney(context: CheckContext) {
  const [account, other] = await Promise.all([context.account(), context.account()]);
  const base = await createPeople(context, account);
  const person = (Name: string) => addPerson(context, account, { base, fields: { Name, Age: 36 } });
  const records = {
    kept: await person('Ada'),
    deleted: await person('Nobody'),
    alsoDeleted: await person('No one'),
  };
  const foreign = await createPeople(context, other);
  const client = await connect(context, account);
  try {
    const { tools } = await client.listTools();
    const failed: string[] = [];
    const unstructured: string[] = [];
    for (const name of toolNames) {
      try {
        const result = await client.callTool({ name, arguments: toolArguments(name, { base, records }) });
        if (result.isError) failed.push(`${name}: ${JSON.stringify(result.content).slice(0, 300)}`);
        else if (result.structuredContent === undefined) unstructured.push(name);
      } catch (error) {
        // The SDK rejects a response that breaks the protocol; the other tools may still keep it.
        if (!(error instanceof McpError)) throw error;
        failed.push(`${name}: ${error.message.slice(0, 300)}`);
      }
    }
    const isError = async ({ id }: Pick<PeopleBase, 'id'>): Promise<boolean> => {
      const result = await client.callTool({ name: 'list_tables', arguments: { base_id: id } });
      return result.isError === true;
    };
    return {
      tools: tools.map(({ name }) => name).sort(),
      failed,
      unstructured,
      failureIsError: await isError({ id: 'appDoesNotExist00' }),
      foreignBaseIsError: await isError(foreign),
    };
  } finally {
    await client.close();
  }
}

async function connect({ stack, signal }: CheckContext, account: Account): Promise<Client> {
  const client = new Client({ name: 'readiness', version: '1.0.0' });
  const transport = new StreamableHTTPClientTransport(new URL('/api/mcp', stack.services.gateway), {
    requestInit: { headers: { authorization: `Bearer ${account.accessToken}` }, signal },
  });
  // The SDK's declarations do not support exactOptionalPropertyTypes.
  await client.connect(transport as Parameters<Client['connect']>[0]);
  return client;
}
