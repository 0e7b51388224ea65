import { type IncomingMessage, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { NodeFailure } from './node-failure.ts';

/** Longest a single probe waits for its answer, milliseconds. */
const answerLimitMs = 5_000;
/** Pauses between probes grow from the first to the last of these, milliseconds. */
const firstPauseMs = 10;
const lastPauseMs = 250;
/** An answer longer than this, in characters, is not a readiness answer. */
const longestAnswer = 64 * 1_024;

interface Answer {
  status: number;
  body: string;
}

export interface ReadinessProbeOptions {
  /** Base URL of the service. */
  url: string;
  /** Name the service must answer with. */
  service: string;
  signal: AbortSignal;
  probed(answer: string): void;
}

/**
 * Asks `GET /ready` until it answers 200 with `status: "ready"` and the right `service`. Where the socket was
 * handed over, the first request waits in the kernel's queue and is answered the moment the service can.
 * Resolves when ready. @throws NodeFailure when another service answers; the signal's reason when it aborts.
 */
export async function waitUntilReady(options: ReadinessProbeOptions): Promise<void> {
  const { service, signal } = options;
  const url = `${options.url}/ready`;
  let pauseMs = firstPauseMs;
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    options.probed(`GET /ready: waiting for an answer (probe ${attempt})`);
    try {
      const answer = await get(url, signal);
      const seen = `GET /ready → ${answer.status} ${shorten(answer.body)} (probe ${attempt})`;
      options.probed(seen);
      const body = parse(answer.body);
      if (answer.status === 200 && body?.status === 'ready') {
        if (body.service === service) return;
        throw new NodeFailure(
          'wrong-identity',
          'product',
          `answers as ${JSON.stringify(body.service)} instead of "${service}"`,
        );
      }
    } catch (error) {
      if (error instanceof NodeFailure) throw error;
      signal.throwIfAborted();
      options.probed(`GET /ready: ${describeError(error)} (probe ${attempt})`);
    }
    await delay(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    pauseMs = Math.min(pauseMs * 1.5, lastPauseMs);
  }
}

function get(url: string, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent: false, signal, timeout: answerLimitMs }, (response) => {
      read(response).then(resolve, reject);
    });
    outgoing.on('timeout', () =>
      outgoing.destroy(new Error(`connected, but no answer within ${answerLimitMs / 1_000} s`)),
    );
    outgoing.on('error', reject);
    outgoing.end();
  });
}

async function read(response: IncomingMessage): Promise<Answer> {
  response.setEncoding('utf8');
  let body = '';
  for await (const chunk of response) {
    if (body.length < longestAnswer) body += chunk as string;
  }
  return { status: response.statusCode ?? 0, body };
}

function parse(text: string): { status?: unknown; service?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 400 ? `${line.slice(0, 399)}…` : line;
}

function describeError(error: unknown): string {
  return error instanceof Error
    ? error.message || String((error as NodeJS.ErrnoException).code)
    : String(error);
}
