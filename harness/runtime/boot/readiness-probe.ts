import { type IncomingMessage, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { NodeFailure } from './node-failure.ts';

/** Maximum time of one probe, milliseconds. */
const probeLimitMs = 5_000;
/** The pause between probes grows from the first to the last value, milliseconds. */
const firstPauseMs = 10;
const lastPauseMs = 250;
/** Maximum length of the response that is read, characters. */
const maxResponseLength = 64 * 1_024;

interface Response {
  status: number;
  body: string;
}

export interface ReadinessProbeOptions {
  /** Base URL of the service. */
  url: string;
  /** The name that the response must contain. */
  service: string;
  signal: AbortSignal;
  probed(observation: string): void;
}

/**
 * Polls `GET /ready` until it responds with 200, `status: "ready"` and the right `service`. If the service inherits
 * its socket, the first request waits in the kernel's queue until the service accepts it.
 * @throws NodeFailure when another service responds; the signal's reason when it aborts.
 */
export async function waitUntilReady(options: ReadinessProbeOptions): Promise<void> {
  const { service, signal } = options;
  const url = `${options.url}/ready`;
  let pauseMs = firstPauseMs;
  // The last response stays the observation while the next probe waits: a time limit often ends a probe half-way.
  let seen: string | undefined;
  const observe = (observation: string): void => {
    seen = observation;
    options.probed(observation);
  };
  for (let probe = 1; ; probe += 1) {
    signal.throwIfAborted();
    options.probed(
      seen === undefined
        ? `GET /ready: waiting for a response (probe ${probe})`
        : `${seen}; waiting for a response to probe ${probe}`,
    );
    try {
      const response = await get(url, signal);
      observe(`GET /ready → ${response.status} ${shorten(response.body)} (probe ${probe})`);
      const body = parse(response.body);
      if (response.status === 200 && body?.status === 'ready') {
        if (body.service === service) return;
        throw new NodeFailure(
          'wrong-identity',
          'product',
          `responds as ${JSON.stringify(body.service)} instead of "${service}"`,
        );
      }
    } catch (error) {
      if (error instanceof NodeFailure) throw error;
      signal.throwIfAborted();
      observe(`GET /ready: ${describeError(error)} (probe ${probe})`);
    }
    await delay(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    pauseMs = Math.min(pauseMs * 1.5, lastPauseMs);
  }
}

function get(url: string, signal: AbortSignal): Promise<Response> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent: false, signal, timeout: probeLimitMs }, (response) => {
      read(response).then(resolve, reject);
    });
    outgoing.on('timeout', () =>
      outgoing.destroy(new Error(`connected, but no response within ${probeLimitMs / 1_000} s`)),
    );
    outgoing.on('error', reject);
    outgoing.end();
  });
}

async function read(response: IncomingMessage): Promise<Response> {
  response.setEncoding('utf8');
  let body = '';
  for await (const chunk of response) {
    if (body.length < maxResponseLength) body += chunk as string;
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
