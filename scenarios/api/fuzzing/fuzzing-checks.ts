import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Account,
  atLeast,
  type CheckContext,
  defineCheck,
  empty,
  measurement,
} from '../../../harness/engine/index.ts';
import { catalogue } from '../../../platform/contracts/catalogue.ts';
import { serviceNames } from '../../../platform/contracts/service.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { fuzzingBreak } from '../clients/client-breaks.ts';
import { excludedOperations } from './excluded-operations.ts';
import { FuzzingReport, observeFuzzing } from './fuzzing-report.ts';
import { createKnownIds } from './known-ids.ts';

/**
 * How much is sent beside a valid request to each operation, and ones with an invalid path, query, header and body: random
 * requests, to one of `every` operations; and one of `stride` requests that each meet or break one rule of a schema. The
 * seed of the run decides which, so that several runs send all.
 */
const depths = {
  usual: { examples: 1, every: 6, stride: 30 },
  /** `--with deep-fuzzing` */
  deep: { examples: 3, every: 1, stride: 3 },
} as const;
/** No document is begun after this time. */
const seconds = 260;
const chat = { service: 'llm-orchestrator', operation: 'POST /chat' } as const;

export const generatedRequests = defineCheck({
  id: 'api.fuzzing.documents-hold',
  lasts: 40,
  title: 'Responses to generated requests match the documents',
  why: 'Generated clients trust the OpenAPI documents. An undocumented status or body breaks them, and a 5xx is a defect that any client can cause.',
  category: 'api',
  severity: 'high',
  needs: [...serviceNames.map((name) => readyCheckId(name)), registrationWorks],
  requires: ['schemathesis', 'many-source-addresses'],
  services: serviceNames,
  timeoutMs: 360_000,
  destructive: { kind: 'load', effect: 'sends thousands of generated requests to every service' },
  remediation: {
    text: 'Repeat the request with the command of the finding and an access token. Correct the handler, or add the response to the route’s contract.',
    effort: 'days',
  },
  expects: {
    // Fewer when the machine is too slow.
    documents: measurement(atLeast(serviceNames.length, 'documents')),
    findings: empty(),
    uncovered: empty(),
    requests: measurement(atLeast(900, 'requests')),
  },
  breaks: [fuzzingBreak],
  async run(context) {
    const depth = depths[context.fuzzesDeeply ? 'deep' : 'usual'];
    const account = await context.account();
    const known = await createKnownIds(context, account);
    const excluded = [...excludedOperations, ...((await hasModel(context, account)) ? [chat] : [])];
    const documents = serviceNames.map((service) => ({ service, url: context.stack.services[service] }));
    const program = readFileSync(join(import.meta.dirname, 'fuzz_documents.py'), 'utf8');
    const printed = await context.python(
      program,
      {
        documents,
        token: account.accessToken,
        address: account.address,
        seed: Math.floor(context.random() * 2 ** 31),
        ...depth,
        offset: Math.floor(context.random() * depth.stride),
        seconds,
        excluded: operationsByService(excluded),
        known,
      },
      { capability: 'schemathesis' },
    );
    const report = FuzzingReport.parse(printed);
    await context.keep('responses.json', printed);
    return observeFuzzing(report, {
      contracts: catalogue,
      excluded: new Set(excluded.map(({ service, operation }) => `${service} ${operation}`)),
    });
  },
});

/** Whether the language model responds. Then chats cost money and are left out. */
async function hasModel({ http }: CheckContext, account: Account): Promise<boolean> {
  const { status } = await http.request(chat.service, '/chat', {
    method: 'POST',
    token: account.accessToken,
    body: { message: 'Hello' },
    timeoutMs: 30_000,
  });
  return status === 200;
}

function operationsByService(
  operations: readonly { service: string; operation: string }[],
): Record<string, string[]> {
  const groups = Map.groupBy(operations, ({ service }) => service);
  return Object.fromEntries(
    [...groups].map(([service, all]) => [service, all.map(({ operation }) => operation)]),
  );
}
