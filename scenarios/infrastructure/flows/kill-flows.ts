import { setTimeout as pause } from 'node:timers/promises';
import { type CheckContext, ProductFailure } from '../../../harness/engine/index.ts';
import { summary } from '../../kit/response.ts';
import {
  createPlace,
  createWorkflow,
  type Flow,
  type FlowPlace,
  type FlowRequest,
  idOf,
  type StartedFlow,
  serviceOf,
  startOf,
} from './flow.ts';
import { type FlowFindings, judgeFlows } from './judge-flows.ts';
import { countEngineRuns, countFlows, readFlows } from './read-flows.ts';

/** Users, and flows of each kind per user. */
const users = 5;
const perUser = 6;
const steps = 6;
/** Maximum time to wait for the end of all flows, milliseconds. */
const endLimitMs = 60_000;
const pollMs = 100;

type Send = (request: FlowRequest, key?: string) => Promise<unknown>;

/** What killing both services with flows in flight came to. */
export interface KilledFlows extends FlowFindings {
  started: number;
  /** Number of flows that had not ended when the services were killed. */
  inFlight: number;
  notBack: string[];
  /** Time from the kill until all flows had ended, milliseconds; the limit when they had not. */
  recovery: number;
}

async function openSend({ http, account }: CheckContext): Promise<Send> {
  const user = await account();
  return async ({ service, path, method, body }, key) => {
    const prefix = service === 'airtable-gateway' ? '/api/airtable' : '/api';
    const response = await http.request('gateway', `${prefix}${path}`, {
      method,
      body,
      token: user.accessToken,
      from: user.address,
      ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
    });
    if (response.status >= 300) throw new ProductFailure(`${method} ${path} returned ${summary(response)}`);
    return response.json;
  };
}

async function openPlace(send: Send): Promise<FlowPlace> {
  const base = (await send(createPlace)) as { id: string; tables: { id: string }[] };
  const place = { baseId: base.id, tableId: base.tables[0]?.id ?? '' };
  const workflow = (await send(createWorkflow(place, steps))) as { id: string };
  return { ...place, workflowId: workflow.id };
}

/** Starts sagas and runs of workflows, kills both services at the same time, and reads the outcome of the flows. */
export async function killFlows(context: CheckContext): Promise<KilledFlows> {
  const { signal } = context;
  const database = context.databaseAdmin();
  const opened = await Promise.all(
    Array.from({ length: users }, async () => {
      const send = await openSend(context);
      return { send, place: await openPlace(send) };
    }),
  );
  const started = await Promise.all(
    opened.flatMap(({ send, place }) =>
      Array.from({ length: 2 * perUser }, async (_none, index): Promise<StartedFlow> => {
        const flow: Flow = { kind: index % 2 === 0 ? 'saga' : 'run', key: context.unique('flow'), steps };
        const id = idOf(flow.kind, await send(startOf(flow, place), flow.key));
        if (id === undefined)
          throw new ProductFailure(`The response to the start of a ${flow.kind} has no id.`);
        return { ...flow, id };
      }),
    ),
  );
  const subject = { ids: started.map(({ id }) => id), tables: opened.map(({ place }) => place.tableId) };
  const drill = context.restarts();
  const before = await countFlows(database, subject);
  const killedAtMs = performance.now();
  const kills = await Promise.all(Object.values(serviceOf).map((service) => drill.kill(service, signal)));
  const isOver = async () =>
    (await countFlows(database, subject)).unended === 0 && (await countEngineRuns(database)) === 0;
  while (!(await isOver()) && performance.now() - killedAtMs < endLimitMs)
    await pause(pollMs, undefined, { signal });
  const recovery = Math.min(performance.now() - killedAtMs, endLimitMs);
  const findings = judgeFlows(started, await readFlows(database, subject.tables));
  await context.keep('flows.json', {
    started: started.length,
    inFlight: before.unended,
    effectsBeforeTheKill: before.effects,
    kills: kills.map(({ exit, failure, stoppedAtMs, readyAtMs }) => ({
      exit,
      failure: failure ?? null,
      readyAfterMs: readyAtMs === undefined ? null : Math.round(readyAtMs - stoppedAtMs),
    })),
    recoveryMs: Math.round(recovery),
    ...findings,
  });
  return {
    ...findings,
    started: started.length,
    inFlight: before.unended,
    notBack: kills.flatMap(({ failure }) => failure ?? []),
    recovery,
  };
}
