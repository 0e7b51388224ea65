import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import Airtable from 'airtable';
import { type Account, type CheckContext, defineCheck, empty, equals } from '../../harness/engine/index.ts';
import { toolNames } from '../../platform/contracts/mcp-server/contract.ts';
import { addPerson, createPeople, type PeopleBase } from './people-base.ts';
import { toolArguments } from './tool-arguments.ts';

/** Real clients that nobody here wrote, pointed at the gateway with nothing changed but the endpoint. */

const remediation = {
  text: 'Hold the answer in the evidence against the client’s own expectations (Airtable’s Web API documentation; the MCP specification) and correct the service, not the client.',
  effort: 'days',
} as const;
const needs = ['services.airtable-gateway.available', 'auth.register.valid-accepted'];
const airtableEndpoint = (gateway: string): string => `${gateway}/api/airtable`;

/** The records written, and how many of them a page of 100 makes. */
const written = 250;
const pages = [100, 100, 50];

/** What every client's journey through a base has to come to. */
const journey = {
  written: equals(written),
  pages: equals(pages),
  filtered: equals(50),
  upserted: equals([1, 1]),
  deleted: equals(written + 1),
  left: equals(0),
};

export const airtableJs = defineCheck({
  id: 'api.clients.airtable-js',
  title: 'Airtable’s own JavaScript client works through the gateway',
  why: 'Teams come with programs written against Airtable; they must work by changing only the endpoint.',
  category: 'api',
  severity: 'high',
  needs,
  services: ['gateway', 'airtable-gateway'],
  remediation,
  timeoutMs: 60_000,
  expects: journey,
  async run(context) {
    const account = await context.account();
    const { id } = await createPeople(context, account);
    const people = new Airtable({
      apiKey: account.accessToken,
      endpointUrl: airtableEndpoint(context.stack.services.gateway),
      noRetryIfRateLimited: true,
      requestTimeout: 10_000,
    }).base(id)('People');

    let made = 0;
    for (const batch of batches(written)) {
      made += (await people.create(batch.map((n) => ({ fields: { Name: `Person ${n}`, Age: n } })))).length;
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
      written: made,
      pages: sizes,
      filtered: filtered.length,
      upserted,
      deleted,
      left: (await people.select().all()).length,
    };
  },
});

/** The JavaScript client has no call of its own for upserts; this is the request its users send by hand. */
async function upsert({ http }: CheckContext, account: Account, baseId: string): Promise<number[]> {
  const { json } = await http.request('gateway', `/api/airtable/v0/${baseId}/People`, {
    method: 'PATCH',
    token: account.accessToken,
    from: account.address,
    body: {
      performUpsert: { fieldsToMergeOn: ['Name'] },
      records: [{ fields: { Name: 'Person 3', Age: 1003 } }, { fields: { Name: 'Fresh' } }],
    },
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
  id: 'api.clients.pyairtable',
  title: 'Python’s pyairtable works through the gateway',
  why: 'The platform is named after its Python users; their library must work by changing only the endpoint.',
  category: 'api',
  severity: 'medium',
  needs,
  requires: ['python'],
  services: ['gateway', 'airtable-gateway'],
  remediation,
  timeoutMs: 90_000,
  expects: {
    ...journey,
    // The records that payloads of a webhook told of, payload by payload.
    told: equals([1]),
    webhooksLeft: equals(0),
  },
  async run({ account, python, stack }) {
    const { accessToken } = await account();
    const program = readFileSync(join(import.meta.dirname, 'pyairtable_journey.py'), 'utf8');
    const seen = await python(program, {
      endpoint: airtableEndpoint(stack.services.gateway),
      key: accessToken,
    });
    const { written, pages, filtered, upserted, told, webhooksLeft, deleted, left } = seen as Record<
      string,
      number | number[]
    >;
    return {
      written: written ?? null,
      pages: pages ?? null,
      filtered: filtered ?? null,
      upserted: upserted ?? null,
      told: told ?? null,
      webhooksLeft: webhooksLeft ?? null,
      deleted: deleted ?? null,
      left: left ?? null,
    };
  },
});

export const mcpSdk = defineCheck({
  id: 'api.clients.mcp-sdk',
  title: 'The MCP SDK’s own client lists and calls all 14 tools through the gateway',
  why: 'Language-model hosts speak the protocol through this SDK; a tool that fails must fail as the protocol says.',
  category: 'api',
  severity: 'high',
  needs: [...needs, 'services.mcp-server.available'],
  services: ['gateway', 'mcp-server', 'airtable-gateway'],
  remediation,
  timeoutMs: 60_000,
  expects: {
    tools: equals([...toolNames].sort()),
    failed: empty(),
    unstructured: empty(),
    failureIsError: equals(true),
    foreignBaseIsError: equals(true),
  },
  async run(context) {
    const [account, other] = await Promise.all([context.account(), context.account()]);
    const base = await createPeople(context, account);
    const person = (Name: string) => addPerson(context, account, { base, fields: { Name, Age: 36 } });
    const records = { kept: await person('Ada'), doomed: await person('Nobody') };
    const foreign = await createPeople(context, other);
    const client = await connect(context, account);
    try {
      const { tools } = await client.listTools();
      const failed: string[] = [];
      const unstructured: string[] = [];
      for (const name of toolNames) {
        const answer = await client.callTool({ name, arguments: toolArguments(name, { base, records }) });
        if (answer.isError) failed.push(`${name}: ${JSON.stringify(answer.content).slice(0, 300)}`);
        else if (answer.structuredContent === undefined) unstructured.push(name);
      }
      const refused = async (target: PeopleBase): Promise<boolean> => {
        const answer = await client.callTool({ name: 'list_tables', arguments: { base_id: target.id } });
        return answer.isError === true;
      };
      return {
        tools: tools.map(({ name }) => name).sort(),
        failed,
        unstructured,
        failureIsError: await refused({ ...base, id: 'appDoesNotExist00' }),
        foreignBaseIsError: await refused(foreign),
      };
    } finally {
      await client.close();
    }
  },
});

async function connect({ stack, signal }: CheckContext, account: Account): Promise<Client> {
  const client = new Client({ name: 'readiness', version: '1.0.0' });
  const transport = new StreamableHTTPClientTransport(new URL('/api/mcp', stack.services.gateway), {
    requestInit: { headers: { authorization: `Bearer ${account.accessToken}` }, signal },
  });
  // The SDK's declarations do not know exactOptionalPropertyTypes.
  await client.connect(transport as Parameters<Client['connect']>[0]);
  return client;
}
