import {
  type Account,
  type CheckContext,
  defineCheck,
  empty,
  equals,
} from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { fileForm } from '../../kit/file-form.ts';
import { gatewayInside } from '../../kit/gateway-inside.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt } from '../../kit/shape.ts';
import { type Chain, type ChainPlace, declaredChains } from './chains.ts';
import { chainBreaks } from './trace-breaks.ts';

/** Maximum number of chains at the same time: each waits for the spans of its services. */
const atOnce = 12;

export const chainsAreWhole = defineCheck({
  id: 'api.traces.every-chain-is-one-tree',
  users: 1,
  title: 'Every chain of services is one trace',
  failureTitle: 'A trace ends between two services',
  why: 'A failure deep in a chain is found by its trace. Runs of workflows and sagas belong to the request that started them, although they run later.',
  category: 'api',
  severity: 'high',
  needs: ['services.airtable-gateway.available', registrationWorks],
  services: [
    'gateway',
    'platform-services',
    'user-service',
    'airtable-gateway',
    'mcp-server',
    'llm-orchestrator',
    'file-service',
    'automation-services',
    'saga-service',
    'frontend',
  ],
  requires: ['traces'],
  // Spans that never come are waited for.
  timeoutMs: 60_000,
  remediation: {
    text: 'Each call to another service sends exactly one traceparent (platform/kit/peers/peer-request.ts), and durable runs keep that of their start (platform/kit/durable/run-trace.ts). The evidence has a tree per chain.',
    effort: 'hours',
  },
  expects: {
    chains: equals(23),
    failed: empty(),
    broken: empty(),
    orphans: empty(),
    /** Calls that another service has answered in a trace of its own. */
    unanswered: empty(),
    /** Pairs of services, of all calls of the run so far. */
    pairsWithoutTrace: empty(),
  },
  breaks: chainBreaks,
  run: async (context) => {
    const account = await context.account();
    const place = await createPlace(context, account);
    const chains = declaredChains(place);
    const failed: string[] = [];
    const broken: string[] = [];
    const orphans: string[] = [];
    const unanswered: string[] = [];
    const waiting = [...chains.entries()];
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const [index, chain] = next;
        const traced = await trace(context, account, { index, chain });
        if (traced.exchange.status !== chain.status) failed.push(`${chain.name}: ${traced.exchange.status}`);
        else if (!traced.visited) broken.push(`${chain.name}: spans of ${traced.services.join(', ')}`);
        if (traced.roots !== 1) broken.push(`${chain.name}: ${traced.roots} trees`);
        orphans.push(...traced.orphans.map((orphan) => `${chain.name}: ${orphan}`));
        unanswered.push(...traced.unanswered.map((call) => `${chain.name}: ${call}`));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    return {
      chains: chains.length,
      failed,
      broken,
      orphans,
      unanswered,
      pairsWithoutTrace: [...(await context.traces.pairsWithoutTrace())],
    };
  },
});

function trace(
  { traces }: CheckContext,
  { accessToken, address }: Account,
  { index, chain }: { index: number; chain: Chain },
) {
  const { via, method, path, body, anonymous, stops } = chain;
  return traces.request(via, path, {
    method,
    ...(body === undefined ? {} : { body }),
    ...(anonymous ? {} : { token: accessToken }),
    from: address,
    stops,
    name: `trace-${index + 1}`,
  });
}

async function createPlace(context: CheckContext, account: Account): Promise<ChainPlace> {
  const send = sendAs(context, account);
  // The first request creates the profile.
  const [base] = await Promise.all([
    prepare(send, 'POST', '/api/airtable/v0/meta/bases', {
      name: context.unique('Traces'),
      workspaceId: 'default',
      tables: [{ name: 'Tasks', fields: [{ name: 'Name', type: 'singleLineText' }] }],
    }),
    prepare(send, 'GET', '/api/users/me'),
  ]);
  const [baseId, tableId] = [textAt(base, 'id'), textAt(base, 'tables', 0, 'id')];
  const workflow = await prepare(send, 'POST', '/api/workflows', {
    name: context.unique('Traces'),
    steps: [
      { type: 'airtable_create', config: { base_id: baseId, table: tableId, fields: { Name: 'Traced' } } },
    ],
  });
  const { email, password, accessToken: token, address: from } = account;
  const upload = await context.http.request('gateway', '/api/files/upload', {
    method: 'POST',
    token,
    from,
    ...fileForm('traced.txt', 'traced'),
  });
  const steps = [
    { type: 'file_process', config: { file_id: textAt(upload.json, 'id') }, calls: ['file-service'] },
    {
      type: 'send_email',
      config: { to: [email], subject: 'Traced', text: 'Traced' },
      calls: ['platform-services'],
    },
    { type: 'llm_prompt', config: { prompt: 'Traced' }, calls: ['llm-orchestrator'] },
    {
      type: 'http_request',
      config: { url: `${gatewayInside(context.stack)}/api/users/me` },
      calls: ['gateway', 'user-service'],
    },
  ] as const;
  const stepWorkflows = await Promise.all(
    steps.map(async ({ calls, ...step }) => ({
      id: textAt(
        await prepare(send, 'POST', '/api/workflows', { name: step.type, steps: [step], max_retries: 0 }),
        'id',
      ),
      calls,
    })),
  );
  const emptyWorkspace = await prepare(send, 'POST', '/api/workspaces', { name: 'Traced' });
  return {
    baseId,
    tableId,
    workflowId: textAt(workflow, 'id'),
    stepWorkflows,
    account: { email, password },
    emptyWorkspaceId: textAt(emptyWorkspace, 'id'),
  };
}
