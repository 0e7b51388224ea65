import { z } from 'zod';
import { retryAfterMs } from '../../../kit/http/retry-after.ts';
import type { TargetDecision } from '../../../kit/outbound/decide-target.ts';
import { decideTargetByName, resolveTarget } from '../../../kit/outbound/resolve-target.ts';
import { sendPublicRequest } from '../../../kit/outbound/send-public-request.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';
import { type PeerResponse, peerRequest, readBody } from '../../../kit/peers/peer-request.ts';
import { StepFailure } from '../../../kit/service/step-failure.ts';
import { scopesOfRequest } from '../authority/platform-scope.ts';
import { hasPlaceholder } from './fill-template.ts';
import { neverConnected } from './peer-failure.ts';
import { type StepContext, stepKind } from './step-kind.ts';

/** Maximum size of a response, bytes. */
const maxResponseBytes = 200_000;
const maxRequestBytes = 1_000_000;
/** Maximum wait for a response, milliseconds; the timeout of the execution may be shorter. */
const responseTimeoutMs = 30_000;

/** Headers that the client sets itself, or that the platform's services trust. */
const reservedHeader =
  /^(host|connection|content-length|transfer-encoding|te|trailer|upgrade|expect|keep-alive|accept-encoding|traceparent|tracestate|x-request-id|forwarded|proxy-.*|x-internal-.*|x-user-.*|x-tenant-.*|x-session-.*|x-forwarded-.*)$/i;
const headerName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/)
  .refine((name) => !reservedHeader.test(name), 'this header cannot be set');
const headerValue = z
  .string()
  .max(8_000)
  .regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'must be one line of Latin-1 text');

const config = z.strictObject({
  url: z.string().min(1).max(8_000),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).default('GET'),
  headers: z.record(headerName, headerValue).default({}),
  body: z.unknown().optional(),
  fail_on_status: z.boolean().default(true),
});
type Config = z.output<typeof config>;

/** Methods that are safe to send again when it is not known whether the request arrived. */
const repeatable = new Set(['GET', 'HEAD', 'PUT', 'DELETE']);

function encodeBody(body: unknown): { text: string | undefined; type: string | undefined } {
  if (body === undefined) return { text: undefined, type: undefined };
  const isText = typeof body === 'string';
  const text = isText ? body : JSON.stringify(body);
  if (Buffer.byteLength(text) > maxRequestBytes)
    throw new StepFailure(`the body is larger than ${maxRequestBytes} bytes`);
  return { text, type: isText ? 'text/plain; charset=utf-8' : 'application/json' };
}

async function decide(url: URL, trustedOrigins: readonly string[]): Promise<TargetDecision> {
  try {
    return await resolveTarget(url, { trustedOrigins });
  } catch (error) {
    throw new StepFailure(`${url.hostname} could not be resolved`, { retryable: true, cause: error });
  }
}

function parseUrl(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw new StepFailure('the url is not an absolute URL');
  }
}

async function send(
  settings: Config,
  { context, platformOrigins }: { context: StepContext; platformOrigins: readonly string[] },
): Promise<PeerResponse> {
  const url = parseUrl(settings.url);
  const { method } = settings;
  const { text, type } = encodeBody(settings.body);
  const headers = Object.fromEntries(
    Object.entries(settings.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  if (type !== undefined) headers['content-type'] ??= type;
  const target = await decide(url, platformOrigins);
  if (!target.allowed) throw new StepFailure(target.reason);
  if (target.kind === 'trusted') {
    return context.authorized('Calling the platform', (token) =>
      peerRequest({
        peer: 'gateway',
        method,
        url,
        headers: { 'idempotency-key': context.key, ...headers, authorization: `Bearer ${token}` },
        ...(text === undefined ? {} : { body: text }),
        timeoutMs: responseTimeoutMs,
        signal: context.signal,
      }),
    );
  }
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(responseTimeoutMs)]);
  const response = await sendPublicRequest({
    method,
    url,
    headers: { 'user-agent': 'PyAirtable-Automation', 'idempotency-key': context.key, ...headers },
    body: text,
    addresses: target.addresses,
    signal,
  });
  return { status: response.statusCode ?? 0, headers: response.headers, body: response };
}

function parseBody(type: string, bytes: Buffer): unknown {
  const text = bytes.toString('utf8');
  if (!/[/+]json\b/i.test(type)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * Calls a public host, or the platform's gateway with the rights of the user who runs the workflow. A response with
 * status 300 or above is a failure unless `fail_on_status` is false. A retry follows after 429, after 503 and when no
 * connection was made; after other failures it follows only for repeatable methods.
 */
export function httpRequestKind({ platformOrigins }: { platformOrigins: readonly string[] }) {
  return stepKind({
    types: ['http_request'],
    config,
    urlFields: ['url'],
    checkedField: 'url',
    // A URL with placeholders is judged when it is filled in; every URL is judged again before it is called.
    check({ url }) {
      if (hasPlaceholder(url)) return;
      const target = decideTargetByName(parseUrl(url), { trustedOrigins: platformOrigins });
      if (!target.allowed) throw new StepFailure(target.reason);
    },
    scopes: ({ url, method }) =>
      scopesOfRequest({ url: String(url), method: String(method ?? 'GET') }, platformOrigins),
    async run(settings, context) {
      const isRepeatable = repeatable.has(settings.method);
      let response: PeerResponse;
      let bytes: Buffer;
      try {
        response = await send(settings, { context, platformOrigins });
        bytes = await readBody('the host', response, maxResponseBytes);
      } catch (error) {
        if (context.signal.aborted || error instanceof StepFailure) throw error;
        const cause = error instanceof PeerProblem && error.status === undefined ? error.cause : error;
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new StepFailure(`the request failed: ${reason}`, {
          retryable: isRepeatable || neverConnected(cause),
          cause: error,
        });
      }
      const { status } = response;
      const type = String(response.headers['content-type'] ?? '');
      const result = { status, content_type: type, body: parseBody(type, bytes) };
      if (settings.fail_on_status && status >= 300) {
        throw new StepFailure(`the response to ${settings.method} has status ${status}`, {
          retryable: status === 429 || status === 503 || (status >= 500 && isRepeatable),
          retryAfterMs: retryAfterMs(response.headers['retry-after']),
        });
      }
      return { result };
    },
  });
}
