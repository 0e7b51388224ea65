import { z } from 'zod';
import type { TargetDecision } from '../../../kit/outbound/decide-target.ts';
import { resolveTarget } from '../../../kit/outbound/resolve-target.ts';
import { sendPublicRequest } from '../../../kit/outbound/send-public-request.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';
import { type PeerAnswer, peerRequest, readBody } from '../../../kit/peers/peer-request.ts';
import { StepFailure } from '../../../kit/service/step-failure.ts';
import { neverConnected } from './peer-failure.ts';
import { requireToken, type StepContext, stepKind } from './step-kind.ts';

/** Most bytes of an answer that are kept. */
const maxAnswerBytes = 200_000;
const maxRequestBytes = 1_000_000;
/** Longest wait for an answer, milliseconds; the execution's own limit may be shorter. */
const answerTimeoutMs = 30_000;

/** Set by whoever sends, or believed by the platform's own services. */
const reservedHeader =
  /^(host|connection|content-length|transfer-encoding|te|trailer|upgrade|expect|keep-alive|accept-encoding|traceparent|tracestate|x-request-id|forwarded|proxy-.*|x-internal-.*|x-user-.*|x-tenant-.*|x-session-.*|x-forwarded-.*)$/i;
const headerName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/)
  .refine((name) => !reservedHeader.test(name), 'this header cannot be set');
const headerValue = z
  .string()
  .max(8_000)
  .regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'must be one line of Latin text');

const config = z.strictObject({
  url: z.string().min(1).max(8_000),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).default('GET'),
  headers: z.record(headerName, headerValue).default({}),
  body: z.unknown().optional(),
  fail_on_status: z.boolean().default(true),
});
type Config = z.output<typeof config>;

/** Methods that may be sent again when nobody knows whether they arrived. */
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
    throw new StepFailure('the url is not a complete address');
  }
}

async function send(
  settings: Config,
  { context, platformOrigins }: { context: StepContext; platformOrigins: readonly string[] },
): Promise<PeerAnswer> {
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
    const token = requireToken(context, 'Calling the platform');
    return peerRequest({
      peer: 'gateway',
      method,
      url,
      headers: { ...headers, authorization: `Bearer ${token}` },
      ...(text === undefined ? {} : { body: text }),
      timeoutMs: answerTimeoutMs,
      signal: context.signal,
    });
  }
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(answerTimeoutMs)]);
  const answer = await sendPublicRequest({
    method,
    url,
    headers: { 'user-agent': 'PyAirtable-Automation', ...headers },
    body: text,
    addresses: target.addresses,
    signal,
  });
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: answer };
}

function parseAnswer(type: string, bytes: Buffer): unknown {
  const text = bytes.toString('utf8');
  if (!/[/+]json\b/i.test(type)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function retryAfterMs(header: string | undefined): number {
  const seconds = Number(header);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0;
}

/**
 * Calls a public host, or the platform's gateway with the rights of who runs the workflow. An answer of 400 and
 * above, and a redirect, is a failure unless `fail_on_status` is off. Another attempt follows after 429, 503 and a
 * connection that was never made; after other breaks only for methods that may be repeated.
 */
export function httpRequestKind({ platformOrigins }: { platformOrigins: readonly string[] }) {
  return stepKind({
    types: ['http_request'],
    config,
    urlFields: ['url'],
    async run(settings, context) {
      const again = repeatable.has(settings.method);
      let answer: PeerAnswer;
      let bytes: Buffer;
      try {
        answer = await send(settings, { context, platformOrigins });
        bytes = await readBody('the host', answer, maxAnswerBytes);
      } catch (error) {
        if (context.signal.aborted || error instanceof StepFailure) throw error;
        const cause = error instanceof PeerProblem && error.status === undefined ? error.cause : error;
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new StepFailure(`the request failed: ${reason}`, {
          retryable: again || neverConnected(cause),
          cause: error,
        });
      }
      const { status } = answer;
      const type = String(answer.headers['content-type'] ?? '');
      const result = { status, content_type: type, body: parseAnswer(type, bytes) };
      if (settings.fail_on_status && status >= 300) {
        throw new StepFailure(`${settings.method} was answered with status ${status}`, {
          retryable: status === 429 || status === 503 || (status >= 500 && again),
          retryAfterMs: retryAfterMs(answer.headers['retry-after']),
        });
      }
      return { result };
    },
  });
}
