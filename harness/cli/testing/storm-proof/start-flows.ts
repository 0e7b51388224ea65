import { setTimeout as pause } from 'node:timers/promises';
import {
  type Flow,
  type FlowPlace,
  type FlowRequest,
  idOf,
  type StartedFlow,
  startOf,
} from '../../../../scenarios/infrastructure/flows/flow.ts';

/** Maximum time in which a start must be confirmed, milliseconds. */
const confirmMs = 180_000;
/** Maximum time of one request, milliseconds. */
const requestMs = 30_000;
const repeatMs = 250;

/** Why a start was not confirmed; `again` when a client repeats it. */
interface Refusal {
  again: boolean;
  reason: string;
}

/** A flow with the user who starts it. */
export interface PlannedFlow {
  flow: Flow;
  place: FlowPlace;
  token: string;
}

export interface Starts {
  confirmed: StartedFlow[];
  /** Not confirmed, one text each. */
  unconfirmed: string[];
  /** Number of repetitions by reason. */
  repeats: Map<string, number>;
}

/** Sends a request. @throws when no response arrives */
export async function send(
  url: string,
  request: FlowRequest,
  options: { token: string; key?: string },
): Promise<{ status: number; json: unknown }> {
  const response = await fetch(url + request.path, {
    method: request.method,
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${options.token}`,
      ...(options.key === undefined ? {} : { 'idempotency-key': options.key }),
    },
    body: JSON.stringify(request.body),
    signal: AbortSignal.timeout(requestMs),
  });
  return { status: response.status, json: await response.json() };
}

/** Whether a client repeats a start after this response. */
export function refusalOf(status: number, json: unknown): Refusal {
  const { error } = (json ?? {}) as { error?: string };
  const reason = `${status}${error === undefined ? '' : ` ${error}`}`;
  const again = [429, 502, 503].includes(status) || error === 'idempotency_key_in_use';
  return { again, reason };
}

/**
 * Starts flows as clients do: with an Idempotency-Key each, repeated until a process confirms them.
 * @param options.urlsOf base URLs of the processes of a service, which are tried in turn
 * @param options.confirmed called after each confirmation
 */
export async function startFlows(options: {
  flows: readonly PlannedFlow[];
  urlsOf(service: FlowRequest['service']): readonly string[];
  confirmed(flow: StartedFlow): void;
  /** Number of starts that are sent at the same time. */
  parallel?: number;
  signal: AbortSignal;
}): Promise<Starts> {
  const { parallel = 16 } = options;
  const starts: Starts = { confirmed: [], unconfirmed: [], repeats: new Map() };
  const queue = options.flows.values();
  const turns = { saga: 0, run: 0 };

  async function start({ flow, place, token }: PlannedFlow): Promise<void> {
    const request = startOf(flow, place);
    const urls = options.urlsOf(request.service);
    const untilMs = performance.now() + confirmMs;
    for (;;) {
      const url = urls[turns[flow.kind]++ % urls.length] ?? '';
      const refusal = await send(url, request, { token, key: flow.key }).then(
        ({ status, json }): StartedFlow | Refusal => {
          const id = status < 300 ? idOf(flow.kind, json) : undefined;
          return id === undefined ? refusalOf(status, json) : { ...flow, id };
        },
        // No response: the process was killed.
        (): Refusal => ({ again: true, reason: 'no response' }),
      );
      if ('id' in refusal) {
        starts.confirmed.push(refusal);
        options.confirmed(refusal);
        return;
      }
      const { again, reason } = refusal;
      if (!again || performance.now() > untilMs) {
        starts.unconfirmed.push(`${flow.kind} ${flow.key}: ${reason}`);
        return;
      }
      starts.repeats.set(reason, (starts.repeats.get(reason) ?? 0) + 1);
      await pause(repeatMs, undefined, { signal: options.signal });
    }
  }

  async function work(): Promise<void> {
    for (const flow of queue) await start(flow);
  }
  await Promise.all(Array.from({ length: parallel }, work));
  return starts;
}
