import { atLeast, defineCheck, empty, equals, ProductFailure } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { pollUntil, type Waiting } from '../../kit/poll-until.ts';
import { problemLocation, summary } from '../../kit/response.ts';
import { prepare, type Send, sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { furtherSecurity } from '../check-fields.ts';
import { loopbackHosts, loopbackNames, startCanary } from './canary.ts';
import { allowedTargets, forbiddenTargets } from './forbidden-targets.ts';
import { decisionBreaks, pingBreaks, workflowBreaks } from './target-breaks.ts';

const targetCheck = {
  ...furtherSecurity,
  severity: 'blocker',
  standards: ['ASVS 1.3.6', 'ASVS 13.2.4', 'ASVS 15.3.2', 'API7'],
  remediation: {
    text: 'Every URL of a user goes through platform/kit/outbound: resolveTarget decides after the name is resolved, and sendPublicRequest connects to the decided addresses only and follows no redirect.',
    effort: 'days',
  },
} as const;

/** A workflow that is never started: it has no trigger but the manual one. */
const workflowFor = (step: object) => ({ name: 'Targets', steps: [step], triggers: [{ type: 'manual' }] });

export const targetsDecided = defineCheck({
  ...targetCheck,
  id: 'security.targets.forbidden-addresses-rejected',
  users: 1,
  title: 'URLs of internal networks are rejected when stored',
  failureTitle: 'A URL of an internal network is accepted for a workflow',
  why: 'A workflow that may call 169.254.169.254 or a database hands out the credentials of the machine (API7). Nothing is sent here: the decision alone is asked.',
  needs: [registrationWorks, 'services.automation-services.available'],
  services: ['gateway', 'platform-services', 'automation-services'],
  timeoutMs: 120_000,
  expects: {
    accepted: empty(),
    rejectedElsewhere: empty(),
    wronglyRejected: empty(),
    nested: empty(),
    targets: atLeast(forbiddenTargets.length, 'URLs'),
  },
  breaks: decisionBreaks,
  run: async (context) => {
    const send = sendAs(context, await context.account());
    const accepted: string[] = [];
    const rejectedElsewhere: string[] = [];
    const wronglyRejected: string[] = [];
    const nested: string[] = [];
    const store = async (step: object) => {
      const response = await send('POST', '/api/workflows', workflowFor(step));
      if (response.status === 201) await send('DELETE', `/api/workflows/${textAt(response.json, 'id')}`);
      return response;
    };
    const http = (url: string) => ({ type: 'http_request', config: { url } });
    for (const { rule, url } of forbiddenTargets) {
      const response = await store(http(url));
      if (response.status === 201) accepted.push(`${url} (${rule})`);
      else if (problemLocation(response).join('.') !== 'body.steps.0.config.url')
        rejectedElsewhere.push(`${url}: ${summary(response)}`);
    }
    for (const url of allowedTargets) {
      const response = await store(http(url));
      if (response.status !== 201) wronglyRejected.push(`${url}: ${summary(response)}`);
    }
    const inner = http('http://169.254.169.254/');
    const log = { type: 'log', config: { message: 'x' } };
    for (const [name, step] of [
      ['for_each', { type: 'for_each', config: { items: [1], step: inner } }],
      ['parallel', { type: 'parallel', config: { steps: [log, inner] } }],
    ] as const) {
      const response = await store(step);
      if (response.status !== 422) nested.push(`${name}: ${summary(response)}`);
    }
    return { accepted, rejectedElsewhere, wronglyRejected, nested, targets: forbiddenTargets.length };
  },
});

/** Runs a workflow to its end. @returns the state and the error of each step, by the step's name */
async function runSteps(
  context: Waiting,
  send: Send,
  steps: readonly { name: string }[],
  input: Readonly<Record<string, string>>,
): Promise<Map<string, string>> {
  const workflow = { name: 'Targets', steps, triggers: [{ type: 'manual' }], max_retries: 0 };
  const id = textAt(await prepare(send, 'POST', '/api/workflows', workflow), 'id');
  const started = await prepare(send, 'POST', `/api/workflows/${id}/execute`, { input });
  const ended = await pollUntil(
    () => send('GET', `/api/executions/${textAt(started, 'id')}`),
    ({ json }) => /^(completed|failed|cancelled)$/.test(textAt(json, 'status')),
    context,
  );
  const states = valueAt(ended.json, 'steps');
  if (!Array.isArray(states)) throw new ProductFailure(`an execution has no steps: ${summary(ended)}`);
  return new Map(
    steps.map(({ name }, index) => [
      name,
      `${textAt(states[index], 'status')} ${textAt(states[index], 'error')}`.trim(),
    ]),
  );
}

export const workflowTargets = defineCheck({
  ...targetCheck,
  id: 'security.targets.workflows-reach-no-loopback',
  title: 'No step of a workflow reaches a loopback address',
  failureTitle: 'A step of a workflow reached a loopback address',
  why: 'The URL is known only when the step runs: from the input, a record, a message. A guard that judges stored URLs only does not see it (API7).',
  needs: [registrationWorks, 'services.automation-services.available'],
  services: ['gateway', 'platform-services', 'user-service', 'automation-services'],
  timeoutMs: 60_000,
  expects: {
    hits: empty(),
    notFailed: empty(),
    otherReasons: empty(),
    tried: atLeast(loopbackHosts.length + 3, 'URLs'),
  },
  breaks: workflowBreaks,
  run: async (context) => {
    const send = sendAs(context, await context.account());
    await using canary = await startCanary();
    const hosts = [...loopbackHosts, ...(await loopbackNames())];
    const urls = Object.fromEntries(
      hosts.map((host, index) => [`u${index}`, `http://${host}:${canary.port}/${index}`]),
    );
    const input = { ...urls, here: `http://127.0.0.1:${canary.port}/nested`, port: String(canary.port) };
    const request = (url: string, method = 'GET') => ({ type: 'http_request', config: { url, method } });
    const steps = [
      ...hosts.map((host, index) => ({
        name: host,
        ...request(`{input.u${index}}`, index % 2 === 0 ? 'GET' : 'POST'),
      })),
      {
        name: 'for_each',
        type: 'for_each',
        config: { items: ['{input.here}'], step: request('{loop_item}') },
      },
      {
        name: 'parallel',
        type: 'parallel',
        config: { steps: [request('{input.here}'), request('{input.here}', 'PUT')] },
      },
      // The host is literal and looks public; only the filled-in text is not.
      { name: 'part of the host', ...request('http://127.0.0.{input.last}:{input.port}/part') },
    ].map((step) => ({ ...step, continue_on_error: true }));
    const states = await runSteps(context, send, steps, { ...input, last: '1' });
    return {
      hits: [...canary.hits],
      notFailed: [...states]
        .filter(([, state]) => !state.startsWith('failed'))
        .map(([name, state]) => `${name}: ${state}`),
      // The guard must be what ended the step: a step that fails for another reason proves nothing.
      otherReasons: [...states]
        .filter(
          ([, state]) =>
            state.startsWith('failed') && !/not a public|not public|could not be resolved/.test(state),
        )
        .map(([name, state]) => `${name}: ${state}`),
      tried: steps.length,
    };
  },
});

/** Where a ping ended, as the owner reads it. */
const pingState = (json: unknown, id: string): string => {
  const hooks = valueAt(json, 'webhooks');
  const hook = Array.isArray(hooks) ? hooks.find((one) => textAt(one, 'id') === id) : undefined;
  return textAt(hook, 'lastNotificationResult', 'error', 'message');
};

export const pingTargets = defineCheck({
  ...targetCheck,
  id: 'security.targets.webhooks-reach-no-loopback',
  title: 'No webhook of a base pings a loopback address',
  failureTitle: 'A webhook of a base pinged a loopback address',
  why: 'A user who may create a webhook chooses what the platform calls. The address must be judged when it is stored and again before each ping (API7).',
  needs: [registrationWorks, 'services.airtable-gateway.available'],
  services: ['gateway', 'platform-services', 'user-service', 'airtable-gateway'],
  requires: ['postgres-admin'],
  expects: {
    hits: empty(),
    accepted: empty(),
    publicAccepted: equals(200),
    notJudgedAgain: empty(),
    elsewhere: equals([]),
    tried: atLeast(loopbackHosts.length, 'URLs'),
  },
  breaks: pingBreaks,
  run: async (context) => {
    const send = sendAs(context, await context.account());
    await using canary = await startCanary();
    const base = await prepare(send, 'POST', '/api/airtable/v0/meta/bases', {
      name: 'Targets',
      workspaceId: 'default',
      tables: [
        {
          name: 'Tasks',
          fields: [
            { name: 'Name', type: 'singleLineText' },
            { name: 'Files', type: 'url' },
          ],
        },
      ],
    });
    const hooks = `/api/airtable/v0/bases/${textAt(base, 'id')}/webhooks`;
    const specification = { options: { filters: { dataTypes: ['tableData'] } } };
    const create = (notificationUrl?: string) =>
      send('POST', hooks, { specification, ...(notificationUrl === undefined ? {} : { notificationUrl }) });
    const accepted: string[] = [];
    for (const host of loopbackHosts) {
      const response = await create(`http://${host}:${canary.port}/created`);
      if (response.status < 400) {
        accepted.push(host);
        await send('DELETE', `${hooks}/${textAt(response.json, 'id')}`);
      }
    }
    // A URL that became forbidden after it was stored: as after a change of its name's addresses.
    const hook = textAt(await prepare(send, 'POST', hooks, { specification }), 'id');
    const stored = `http://127.0.0.1:${canary.port}/stored`;
    await context
      .databaseAdmin()
      .query('update airtable.webhooks set notification_url = $1, notify_at = now() where id = $2', [
        stored,
        hook,
      ]);
    const canaryUrl = `http://127.0.0.1:${canary.port}/value`;
    await send('POST', `/api/airtable/v0/${textAt(base, 'id')}/Tasks`, {
      fields: { Name: canaryUrl, Files: canaryUrl },
    });
    await send('PUT', '/api/users/me', { avatar_url: canaryUrl });
    const ended = await pollUntil(
      async () => pingState((await send('GET', hooks)).json, hook),
      (message) => message !== '',
      context,
    );
    // The one public host is a name that nobody can register, so a ping of it goes nowhere.
    const allowed = await create('https://pings.example.invalid/hook');
    await send('DELETE', `${hooks}/${textAt(allowed.json, 'id')}`);
    return {
      hits: canary.hits.filter((hit) => !hit.includes('/value')),
      accepted,
      publicAccepted: allowed.status,
      notJudgedAgain: /may not be called/.test(ended) ? [] : [`${stored}: ${ended || 'no ping'}`],
      elsewhere: canary.hits.filter((hit) => hit.includes('/value')),
      tried: loopbackHosts.length,
    };
  },
});
