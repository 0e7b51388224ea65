import { expect, it } from 'vitest';
import { tinyServer } from '../../engine/instruments/testing/tiny-server.ts';
import type { Bite } from './bite.ts';
import { type BitePlatform, probeBite } from './probe-bite.ts';

const signal = new AbortController().signal;

function platformAt(url: string, other: Partial<BitePlatform> = {}): BitePlatform {
  const services = new Proxy({}, { get: () => url }) as BitePlatform['addresses']['services'];
  return {
    addresses: { services },
    boot: [],
    exited: () => [],
    logs: () => [],
    linkPort: () => undefined,
    programOf: async () => '',
    contextProblems: async () => [],
    fileOf: async () => '',
    ...other,
  };
}

const startedService = () =>
  tinyServer((request, response, body) => {
    const json = (status: number, value: object) =>
      response
        .writeHead(status, { 'content-type': 'application/json', 'x-place': 'here' })
        .end(JSON.stringify(value));
    if (request.url === '/auth/register') json(201, { access_token: `token of ${JSON.parse(body).email}` });
    else if (request.url === '/things') json(201, { thing: { id: 'seven' } });
    else json(200, { path: request.url, token: request.headers.authorization ?? 'none', body });
  });

it.each<[string, Bite]>([
  ['a response', { kind: 'request', path: '/x', shows: /^200 \d+: .*"path":"\/x"/ }],
  ['a header', { kind: 'request', path: '/x', shows: /^x-place: here$/m }],
  [
    'a response to a new user',
    { kind: 'request', signedIn: true, path: '/x', shows: /Bearer token of probe-\w+@readiness\.test/ },
  ],
  [
    'a value of an earlier response in path and body',
    {
      kind: 'request',
      before: [{ method: 'POST', path: '/things', keep: { id: 'thing.id' } }],
      path: '/things/{id}',
      body: { of: '{id}' },
      shows: /"path":"\/things\/seven".*\\"of\\":\\"seven\\"/,
    },
  ],
])('sees %s', async (_what, bite) => {
  await using service = await startedService();
  expect(await probeBite(bite, platformAt(service.url), signal)).toMatchObject({ bit: true });
});

it('sees that nothing listens', async () => {
  // Clients reject some low ports by themselves, 2 is none of them.
  const bite: Bite = { kind: 'request', path: '/', shows: /^no response: ECONNREFUSED/ };
  expect(await probeBite(bite, platformAt('http://127.0.0.1:2'), signal)).toMatchObject({ bit: true });
});

it.each<[string, Bite, Partial<BitePlatform>]>([
  [
    'a node that does not start, by its log',
    { kind: 'boot', node: 'saga-service', shows: /28P01/ },
    {
      boot: [
        {
          node: 'saga-service',
          kind: 'service',
          state: 'failed',
          failure: {
            cause: 'exited',
            kind: 'exited',
            by: 'product',
            openEdges: [],
            logs: [{ service: 'saga-service', stream: 'stderr', text: 'error 28P01' }],
          },
        },
      ],
    },
  ],
  [
    'an exit',
    { kind: 'exit', node: 'gateway' },
    { exited: () => [{ node: 'gateway', reason: 'was ended by SIGKILL' }] },
  ],
  [
    'a line of a log',
    { kind: 'log', node: 'gateway', shows: /too many/ },
    { logs: () => [{ service: 'gateway', stream: 'stdout', text: 'too many connections' }] },
  ],
  [
    'changed code',
    { kind: 'program', service: 'gateway', contains: 'x-not-a-trace' },
    { programOf: async () => "headers.push('x-not-a-trace')" },
  ],
  [
    'a gap of the build context',
    { kind: 'context', shows: /pyairtable-common/ },
    { contextProblems: async () => ['package.json: ../pyairtable-common is outside'] },
  ],
])('sees %s', async (_what, bite, platform) => {
  expect(await probeBite(bite, platformAt('http://127.0.0.1:1', platform), signal)).toMatchObject({
    bit: true,
  });
});

it.each<[string, Bite]>([
  ['a boot that succeeded', { kind: 'boot', node: 'gateway', shows: /./ }],
  ['an exit of another node', { kind: 'exit', node: 'gateway' }],
  ['code that is not there', { kind: 'program', service: 'gateway', contains: 'marker' }],
  ['a probe that cannot ask', { kind: 'sql', query: 'select 1', shows: /./ }],
])('does not take %s for a fault', async (_what, bite) => {
  const aborted = AbortSignal.abort();
  expect(await probeBite(bite, platformAt('http://127.0.0.1:1'), aborted)).toMatchObject({ bit: false });
});
