import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { openInstruments } from '../../harness/engine/instruments/open-instruments.ts';
import { MemoryEvidence } from '../../harness/engine/instruments/testing/memory-evidence.ts';
import { runCheck } from '../../harness/engine/run-check.ts';
import type { StackAddresses } from '../../harness/engine/stack.ts';
import { outcomeOf } from '../../harness/judge/outcome-of.ts';
import { assessmentPolicy } from '../../harness/plan/policy.ts';
import { toPlan } from '../../harness/plan/to-plan.ts';
import { LogSecrets } from '../../harness/runtime/logs/log-secrets.ts';
import { serviceNames } from '../../platform/contracts/service.ts';
import { testClaims } from '../../platform/kit/testing/test-claims.ts';
import { serviceLogs } from './service-log-checks.ts';

interface Received {
  request: IncomingMessage;
  body: string;
}

/** What a service writes about a request; `undefined` when it is silent. */
type Write = (received: Received, service: string) => string | undefined;

const path = ({ request }: Received) => request.url?.split('?')[0] ?? '';
const harmless: Write = (received) => `{"msg":"completed","path":"${path(received)}"}`;

/** Runs the check against ten services that log what they are told to. */
async function checkLogsOf(write: Write) {
  const secrets = new LogSecrets();
  const stored: string[] = [];
  const session = {
    access_token: 'Ac3ss-qLw9_TsPZk3-qLw9_TsPZk3-qLw9_TsPZk3-q',
    refresh_token: 'Zk3-qLw9_TsPZk3-qLw9_TsPZk3-qLw9_TsPZk3-qLw',
  };
  const servers = serviceNames.map((service) => {
    const server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      request.on('end', () => {
        const line = write({ request, body }, service);
        if (line !== undefined) stored.push(secrets.redactLine(service, line));
        const registers = path({ request, body }) === '/api/auth/register';
        const { user_id: id, tenant_id } = testClaims();
        const email = registers ? (JSON.parse(body) as { email: string }).email : '';
        response.writeHead(registers ? 201 : 404, { 'content-type': 'application/json' });
        response.end(registers ? JSON.stringify({ ...session, user: { id, tenant_id, email } }) : '{}');
      });
    });
    return { service, server };
  });
  await Promise.all(
    servers.map(({ server }) => new Promise<void>((done) => server.listen(0, '127.0.0.1', done))),
  );
  const services = Object.fromEntries(
    servers.map(({ service, server }) => [
      service,
      `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ]),
  ) as StackAddresses['services'];
  const evidence = new MemoryEvidence();
  await using instruments = openInstruments({
    stack: { services },
    capabilities: new Set(['unredacted-logs', 'many-source-addresses']),
    tmpDir: tmpdir(),
    seed: 1,
    runId: `logs ${process.pid}`,
    trackProcess: () => undefined,
    boot: [],
    exited: () => [],
    logWatch: secrets,
  });
  const facts = await runCheck({
    definition: serviceLogs,
    timeoutMs: 60_000,
    signal: new AbortController().signal,
    instruments: (options) => instruments.forCheck(options),
    evidence: Object.assign(evidence, { paths: [] }),
    logs: () => [],
    now: () => performance.now(),
  });
  for (const { server } of servers) {
    server.closeAllConnections();
    server.close();
  }
  const { checks } = toPlan({
    definitions: [serviceLogs].map((check) => ({ ...check, needs: [] })),
    selected: new Set([serviceLogs.id]),
    policy: assessmentPolicy,
    runtime: 'process',
    seed: 1,
  });
  const [planned] = checks;
  if (planned === undefined) throw new Error('The check is not planned');
  return {
    outcome: outcomeOf(planned, facts),
    found: facts.observed.secretsInLogs as string[] | undefined,
    shortfall: facts.shortfall,
    stored: stored.join('\n'),
    evidence: [...evidence.files.values()].join('\n'),
  };
}

it('passes when the services log no secret', async () => {
  const { outcome, found } = await checkLogsOf(harmless);
  expect(found).toEqual([]);
  expect(outcome).toBe('pass');
});

it.each<[string, RegExp, Write]>([
  ['bodies', /^user-service\.log line \d+: password$/, ({ body }) => JSON.stringify({ body })],
  ['the query', /^user-service\.log line \d+: token$/, ({ request }) => `GET ${request.url}`],
  ['headers', /^user-service\.log line \d+: /, ({ request }) => JSON.stringify(request.headers)],
  [
    'the value of a key alone',
    /^user-service\.log line \d+: API key$/,
    ({ request }) => `key ${request.headers['x-api-key']}`,
  ],
])('fails when a service logs %s, and stores no secret', async (_what, expected, writeSecret) => {
  const written: string[] = [];
  const { outcome, found, stored, evidence } = await checkLogsOf((received, service) => {
    if (service !== 'user-service') return harmless(received, service);
    written.push(
      ...(received.body.match(/Kestrel-\w+/g) ?? []),
      String(received.request.headers['x-api-key']),
    );
    return writeSecret(received, service);
  });
  expect(outcome).toBe('fail');
  expect(found).toEqual(expect.arrayContaining([expect.stringMatching(expected)]));
  expect(found?.every((line) => line.startsWith('user-service.log '))).toBe(true);
  expect(written.length).toBeGreaterThan(1);
  for (const secret of written.filter((one) => one !== 'undefined')) {
    expect(stored).not.toContain(secret);
    expect(evidence).not.toContain(secret);
  }
});

it('is unmeasured when a service logs nothing', async () => {
  const { outcome, shortfall } = await checkLogsOf((received, service) =>
    service === 'file-service' ? undefined : harmless(received, service),
  );
  expect(outcome).toBe('unmeasured');
  expect(shortfall?.hint).toContain('file-service');
});
