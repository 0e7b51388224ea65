import { setTimeout as delay } from 'node:timers/promises';
import { serviceNames } from '../../../platform/contracts/service.ts';
import type { NodeObservation } from './observed-nodes.ts';

/** Maximum time of one probe, and the pause between two, milliseconds. */
const probeLimitMs = 5_000;
const pauseMs = 500;

export interface AwaitedNode {
  node: string;
  /** Base URL; undefined for a node that only the observer sees. */
  url: string | undefined;
  signal: AbortSignal;
  observe(): Promise<NodeObservation | undefined>;
}

/** The last that was seen of a node that did not become ready. */
export interface NotReady {
  lastProbe?: string;
  observation?: NodeObservation;
}

/** A response that waiting can change, e.g. 503, or one that it cannot. */
interface Probe {
  seen: string;
  final: boolean;
}

/** Waits until a node is ready, has ended, or the signal aborts. @returns undefined when it is ready */
export async function awaitNode({ node, url, signal, observe }: AwaitedNode): Promise<NotReady | undefined> {
  const last: NotReady = url === undefined ? {} : { lastProbe: 'GET /ready: no response' };
  while (!signal.aborted) {
    const probe = url === undefined ? undefined : await probeOnce(url, { node, signal });
    if (url !== undefined && probe === undefined) return undefined;
    if (probe && !signal.aborted) last.lastProbe = probe.seen;
    if (probe?.final) return last;
    const observation = await observe();
    if (observation) last.observation = observation;
    if (url === undefined && observation?.ready) return undefined;
    if (observation?.ended) return last;
    await delay(pauseMs, undefined, { signal }).catch(() => undefined);
  }
  return last;
}

/** @returns undefined when the service is ready */
async function probeOnce(
  url: string,
  { node, signal }: { node: string; signal: AbortSignal },
): Promise<Probe | undefined> {
  try {
    const response = await fetch(`${url}/ready`, {
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(probeLimitMs)]),
    });
    const body = (await response.json().catch(() => undefined)) as { status?: string; service?: string };
    if (response.status === 200 && body?.status === 'ready' && body.service === node) return undefined;
    const seen = `GET /ready → ${response.status}, service ${JSON.stringify(body?.service)}, status ${JSON.stringify(body?.status)}`;
    // A platform with another contract responds, too. Its checks say how it differs.
    if (response.status === 404) {
      const other = await otherServiceAt(url, { node, signal });
      return other === undefined ? undefined : { seen: other, final: true };
    }
    // Only 503 may change by waiting: another service, or another contract, stays what it is.
    return { seen, final: response.status !== 503 };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { seen: `GET /ready: ${cause instanceof Error ? cause.message : String(cause)}`, final: false };
  }
}

/** @returns what `/health` says if it names another service than the expected one; undefined otherwise */
async function otherServiceAt(
  url: string,
  { node, signal }: { node: string; signal: AbortSignal },
): Promise<string | undefined> {
  const response = await fetch(`${url}/health`, {
    redirect: 'manual',
    signal: AbortSignal.any([signal, AbortSignal.timeout(probeLimitMs)]),
  });
  const body = (await response.json().catch(() => undefined)) as { service?: string } | undefined;
  const other = serviceNames.find((name) => name === body?.service && name !== node);
  return other && `GET /ready → 404, and GET /health names ${other}`;
}
