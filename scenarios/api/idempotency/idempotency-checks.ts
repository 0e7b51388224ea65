import { randomUUID } from 'node:crypto';
import {
  type Account,
  atLeast,
  type Break,
  type CheckContext,
  defineCheck,
  type Exchange,
  empty,
} from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { fileForm } from '../../kit/file-form.ts';
import { summary } from '../../kit/response.ts';
import { serviceDatabases } from '../../kit/service-databases.ts';
import { textAt } from '../../kit/shape.ts';
import { apiCheck } from '../check-fields.ts';
import { bodyOf, createKeyedObjects, pathOf } from './keyed-objects.ts';
import { type KeyedRoute, keyedRoutes } from './keyed-routes.ts';

const services = [...new Set(keyedRoutes.map(({ service }) => service))];
/** Requests with one key that are sent at the same time. */
const atOnce = 4;

interface Sender {
  send(key: string, suffix?: string): Promise<Exchange>;
  /** What GET of the same path shows; undefined where there is no such route. */
  read(): Promise<string | undefined>;
}

function senderOf(
  { http }: CheckContext,
  account: Account,
  route: KeyedRoute,
  request: { path: string; body: unknown },
): Sender {
  const identity = { token: account.accessToken, from: account.address };
  const form = fileForm('repeated.txt', 'the same content');
  return {
    send: (key, suffix = '') =>
      http.request('gateway', `${request.path}${suffix}`, {
        ...identity,
        method: route.method,
        headers: { 'idempotency-key': key, ...(route.isForm ? form.headers : {}) },
        ...(route.isForm ? { body: form.body } : request.body === undefined ? {} : { body: request.body }),
      }),
    async read() {
      if (!route.isReadable) return undefined;
      const { status, text } = await http.request('gateway', request.path, identity);
      // The body of an error has its time.
      return status === 200 ? text : String(status);
    },
  };
}

const isReplay = ({ headers }: Exchange) => headers['idempotent-replayed'] === 'true';
const codeOf = ({ json }: Exchange) => textAt(json, 'error') || textAt(json, 'error', 'type');

/** Sends a request with a key several times. @returns what is wrong; nothing when the key was honoured */
async function repeat({ send, read }: Sender): Promise<{ first: Exchange; problems: string[] }> {
  const key = randomUUID();
  const together = await Promise.all(Array.from({ length: atOnce }, () => send(key)));
  const done = together.filter((response) => codeOf(response).toLowerCase() !== 'idempotency_key_in_use');
  const own = done.filter((response) => !isReplay(response));
  // Where keys are forgotten, a request that came late may get e.g. 404, since another has deleted the object.
  const first = own.find(({ status }) => status < 300) ?? own[0] ?? (together[0] as Exchange);
  if (done.length === 0) return { first, problems: [`none of ${atOnce} requests at once got through`] };
  if (first.status >= 300) {
    // Without a model, chat responds with 503.
    const failed = first.status >= 500 && codeOf(first) !== 'not_ready';
    return { first, problems: failed ? [`the first request got ${summary(first)}`] : [] };
  }
  const problems: string[] = [];
  if (own.length !== 1) problems.push(`${own.length} of ${atOnce} requests at once had an effect`);
  const before = await read();
  const again = await send(key);
  if (!isReplay(again) || again.status !== first.status || again.text !== first.text)
    problems.push(`the repetition got ${summary(again)} after ${summary(first)}`);
  const other = await send(key, `${separatorAfter(first)}readiness=other`);
  if (other.status !== 422 || codeOf(other).toLowerCase() !== 'idempotency_key_reused')
    problems.push(`another request with the key got ${summary(other)}`);
  if ((await read()) !== before) problems.push('a repetition changed what GET shows');
  return { first, problems };
}

const separatorAfter = ({ url }: Exchange) => (url.includes('?') ? '&' : '?');

export const keysAreHonoured = defineCheck({
  ...apiCheck,
  id: 'api.idempotency.repetitions-have-one-effect',
  lasts: 30,
  waits: true,
  title: 'A repeated idempotency key has one effect',
  failureTitle: 'A repeated idempotency key acts twice, or its answer is lost',
  controls: ['servicesWithoutSuccess'],
  standards: ['ASVS 2.3.3', 'ASVS 2.3.4'],
  why: 'A client that gets no response must repeat its request. Without keys each lost response doubles records, files or runs.',
  severity: 'high',
  needs: [registrationWorks, ...serviceDatabases.map(({ service }) => `services.${service}.available`)],
  services: ['gateway', ...serviceDatabases.map(({ service }) => service)],
  timeoutMs: 120_000,
  remediation: {
    text: 'Each line names a route. Give buildService of its service `idempotency`, and do all database work of its handler through the service’s Database, so that it joins the transaction of the key.',
    effort: 'days',
  },
  expects: {
    notHonoured: empty(),
    servicesWithoutSuccess: empty(),
    honoured: atLeast(48, 'routes'),
  },
  breaks: [
    {
      defect: 'The gateway drops the idempotency keys of new workspaces.',
      changes: [
        {
          kind: 'exchange',
          method: 'POST',
          path: /^\/api\/workspaces(\?.*)?$/,
          request: ({ headers }) => ({ headers: { ...headers, 'idempotency-key': undefined } }),
        },
      ],
      violates: ['notHonoured'],
    },
    ...['files', 'identity'].map(
      (schema): Break => ({
        defect: `The service of the schema ${schema} forgets idempotency keys.`,
        changes: [
          { kind: 'trigger', on: `before insert on ${schema}.idempotency_keys`, does: 'return null;' },
        ],
        violates: ['notHonoured'],
      }),
    ),
  ],
  run: async (context) => {
    const objects = await createKeyedObjects(context);
    const notHonoured: string[] = [];
    const notTried: string[] = [];
    const honoured: string[] = [];
    for (const route of keyedRoutes) {
      const path = pathOf(route, objects);
      if (path === undefined) {
        notTried.push(`${route.id}: no object`);
        continue;
      }
      const request = { path, body: bodyOf(route, objects) };
      const { first, problems } = await repeat(senderOf(context, objects.tenant.account, route, request));
      if (problems.length > 0) notHonoured.push(`${route.id}: ${problems.join('; ')}`);
      else if (first.status >= 300) notTried.push(`${route.id}: ${summary(first)}`);
      else honoured.push(route.id);
    }
    await context.keep('routes.json', { honoured, notHonoured, notTried });
    const reached = new Set([...honoured, ...notHonoured].map((line) => line.split('.')[0]));
    return {
      notHonoured,
      servicesWithoutSuccess: services.filter((service) => !reached.has(service)),
      honoured: honoured.length,
    };
  },
});
