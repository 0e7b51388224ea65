import {
  atLeast,
  atMost,
  type CheckContext,
  defineCheck,
  empty,
  equals,
} from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { apiCheck } from '../check-fields.ts';
import { dripRequest, type SlowEnd } from './slow-connection.ts';
import { slowBreaks } from './slow-request-breaks.ts';

/**
 * Documented: head and body each have 30 s. Services look every 10 s, and read the rest of a rejected body for 10 s.
 */
const minMs = 20_000;
const maxMs = 56_000;
/** Connections of each kind to the gateway. */
const ofEachKind = 15;
/** Maximum duration of an ordinary request meanwhile, milliseconds. */
const maxOrdinaryMs = 3_000;

/** The beginnings of requests that never end, each with what follows byte by byte. */
function slowRequests(
  token: string,
  prefix: string,
): Readonly<Record<string, { begin: string; drip: string }>> {
  const head = (line: string, ...headers: string[]) =>
    [line, 'host: gateway', `authorization: Bearer ${token}`, ...headers].join('\r\n');
  const part = '--slow\r\ncontent-disposition: form-data; name="file"; filename="slow.txt"\r\n\r\n';
  return {
    'no request at all': { begin: '', drip: '' },
    'a head that never ends': {
      begin: `${head(`GET ${prefix}/users/me HTTP/1.1`, 'x-slow: ')}`,
      drip: 'a'.repeat(120),
    },
    'a body that never ends': {
      begin: `${head(`PUT ${prefix}/users/me HTTP/1.1`, 'content-type: application/json', 'content-length: 5000')}\r\n\r\n{"bio":"`,
      drip: 'a'.repeat(120),
    },
    'a body that never begins': {
      begin: `${head(`PUT ${prefix}/users/me HTTP/1.1`, 'content-type: application/json', 'content-length: 5000')}\r\n\r\n`,
      drip: '',
    },
    'a chunk that never ends': {
      begin: `${head(`PUT ${prefix}/users/me HTTP/1.1`, 'content-type: application/json', 'transfer-encoding: chunked')}\r\n\r\n400\r\n{"bio":"`,
      drip: 'a'.repeat(120),
    },
    'an upload that trickles': {
      begin: `${head(`POST ${prefix}/files/upload HTTP/1.1`, 'content-type: multipart/form-data; boundary=slow', 'content-length: 500000')}\r\n\r\n${part}`,
      drip: 'a'.repeat(120),
    },
  };
}

export const slowRequestsEnd = defineCheck({
  ...apiCheck,
  id: 'api.requests.slow-requests-are-ended',
  lasts: 50,
  waits: true,
  title: 'Requests that arrive too slowly are ended',
  failureTitle: 'A slow request holds its connection for ever',
  why: 'A laptop can hold thousands of connections that send a byte per second. Without a time limit for head and body, nobody else gets one (slowloris; API4, ASVS 15.2.2).',
  severity: 'high',
  standards: ['ASVS 15.2.2', 'ASVS 2.4.1', 'API4'],
  needs: [registrationWorks, readyCheckId('user-service'), readyCheckId('file-service')],
  services: ['gateway', 'platform-services', 'user-service', 'file-service'],
  timeoutMs: 90_000,
  remediation: {
    text: 'headersTimeout limits the head, platform/kit/http/body-pace.ts the body and the rate of uploads. A line names what stayed open.',
    effort: 'hours',
  },
  expects: {
    open: empty(),
    tooEarly: empty(),
    served: empty(),
    ordinary: equals('served all the time'),
    slowestOrdinary: atMost(maxOrdinaryMs, 'ms'),
    ready: equals([200, 200, 200]),
    connections: atLeast(ofEachKind * 6, 'connections'),
  },
  breaks: slowBreaks,
  run: async (context) => {
    const { http, signal, stack } = context;
    const { accessToken: token, address: from } = await context.account();
    const services = (['gateway', 'user-service'] as const).filter((service) => context.reaches(service));
    const waiting = services.flatMap((service) =>
      Object.entries(slowRequests(token, service === 'gateway' ? '/api' : ''))
        .map(([kind, request]) => ({ kind, service, ...request }))
        .filter(({ kind }) => service === 'gateway' || !kind.includes('upload'))
        .flatMap((one) => Array.from({ length: service === 'gateway' ? ofEachKind : 1 }, () => one)),
    );
    const ends = Promise.all(
      waiting.map(async ({ kind, begin, drip, service }) => ({
        name: `${kind} at ${service}`,
        end: await dripRequest(stack.services[service], {
          begin,
          drip,
          limitMs: maxMs,
          signal,
        }),
      })),
    );
    const ordinary = await servedUntil(context, { token, from, end: ends });
    const ended = await ends;
    const ready = await Promise.all(
      (['gateway', 'user-service', 'file-service'] as const).map((service) =>
        http.request(service, '/ready'),
      ),
    );
    await context.keep(
      'ends.json',
      ended.map(({ name, end }) => ({ name, status: end.status, afterMs: end.afterMs ?? null })),
    );
    const names = (isWrong: (end: SlowEnd) => boolean) => [
      ...new Set(ended.filter(({ end }) => isWrong(end)).map(({ name }) => name)),
    ];
    return {
      open: names(({ afterMs }) => afterMs === undefined),
      tooEarly: names(({ afterMs }) => afterMs !== undefined && afterMs < minMs),
      // A server may also close without a response; only another response is wrong.
      served: names(({ status }) => status !== 0 && status !== 408),
      ordinary: ordinary.failed.length === 0 ? 'served all the time' : ordinary.failed.slice(0, 5).join('; '),
      slowestOrdinary: ordinary.slowestMs,
      ready: ready.map(({ status }) => status),
      connections: waiting.length,
    };
  },
});

/** Sends an ordinary request every two seconds while the slow ones wait. */
async function servedUntil(
  { http, signal }: Pick<CheckContext, 'http' | 'signal'>,
  { token, from, end }: { token: string; from: string; end: Promise<unknown> },
): Promise<{ failed: string[]; slowestMs: number }> {
  const failed: string[] = [];
  let slowestMs = 0;
  let over = false;
  const done = end.then(
    () => {
      over = true;
    },
    () => {
      over = true;
    },
  );
  while (!over) {
    const { status, durationMs } = await http.request('gateway', '/api/users/me', { token, from });
    if (status !== 200) failed.push(`an ordinary request: ${status}`);
    slowestMs = Math.max(slowestMs, Math.round(durationMs));
    await Promise.race([done, new Promise((resolve) => setTimeout(resolve, 2_000))]);
    signal.throwIfAborted();
  }
  return { failed, slowestMs };
}
