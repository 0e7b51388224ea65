import { setTimeout as pause } from 'node:timers/promises';
import { type CheckContext, ProductFailure, type Restart } from '../../../harness/engine/index.ts';
import { describeFailure, recoveredAtMs, succeeded, unexplained } from './judge-requests.ts';
import { type Confirmed, loadRoutes } from './load-routes.ts';
import { startSteadyLoad } from './steady-load.ts';

/** How long the load runs before a restart, and after the platform has recovered; milliseconds. */
const steadyMs = 1_000;
/** Maximum time to wait for the platform to recover, milliseconds. */
const recoveryLimitMs = 40_000;

/** What restarting nodes in sequence under load came to. */
export interface Restarts {
  requests: number;
  notBack: string[];
  uncleanStops: string[];
  otherErrors: string[];
  /** The longest time from the stop signal until all routes responded again, milliseconds. */
  recovery: number;
  confirmed: Confirmed;
  lost: string[];
}

/** Restarts nodes in sequence under a light load, and writes what happened to the evidence. */
export async function restartNodes(context: CheckContext, nodes: readonly string[]): Promise<Restarts> {
  const { keep, signal, restarts } = context;
  const drill = restarts();
  const [reader, writer] = await Promise.all([context.account(), context.account()]);
  const { routes, confirmed } = loadRoutes(context, { reader, writer });
  const result: Restarts = {
    requests: 0,
    notBack: [],
    uncleanStops: [],
    otherErrors: [],
    recovery: 0,
    confirmed,
    lost: [],
  };
  const evidence = [];
  for (const node of nodes) {
    const load = startSteadyLoad(routes, signal);
    let restart: Restart;
    let recovered: number | undefined;
    try {
      await pause(steadyMs, undefined, { signal });
      restart = await drill.restart(node, signal);
      const deadline = performance.now() + recoveryLimitMs;
      while (restart.readyAtMs !== undefined && recovered === undefined && performance.now() < deadline) {
        await pause(50, undefined, { signal });
        recovered = recoveredAtMs(load.requests, routes, { node, restart });
      }
      await pause(steadyMs, undefined, { signal });
    } finally {
      await load.stop();
    }
    const { requests } = load;
    const since = (atMs: number | undefined) =>
      atMs === undefined ? null : Math.round(atMs - restart.stoppedAtMs);
    if (restart.exit !== 'exited with code 0') result.uncleanStops.push(`${node}: ${restart.exit}`);
    if (recovered === undefined) result.notBack.push(`${node}: ${restart.failure ?? 'a route still fails'}`);
    result.otherErrors.push(...unexplained(requests, [{ node, restart }]));
    result.requests += requests.length;
    result.recovery = Math.max(result.recovery, since(recovered) ?? recoveryLimitMs);
    evidence.push({
      node,
      exitedAfterMs: since(restart.exitedAtMs),
      readyAfterMs: since(restart.readyAtMs),
      recoveredAfterMs: since(recovered),
      exit: restart.exit,
      failure: restart.failure ?? null,
      requests: requests.length,
      errors: counts(requests.filter((request) => !succeeded(request)).map(describeFailure)),
    });
  }
  const stored = await workflowNames(context, writer);
  result.lost = confirmed.workflows.filter((name) => !stored.has(name));
  await keep('restarts.json', {
    nodes: evidence,
    confirmedWorkflows: confirmed.workflows.length,
    endedSessions: confirmed.sessions.length,
    lost: result.lost,
  });
  return result;
}

function counts(texts: readonly string[]): Record<string, number> {
  const counted: Record<string, number> = {};
  for (const text of texts) counted[text] = (counted[text] ?? 0) + 1;
  return counted;
}

export async function workflowNames(
  { http }: CheckContext,
  user: { accessToken: string; address: string },
): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (let page = 1; ; page += 1) {
    const { status, json } = await http.request('gateway', `/api/workflows?page=${page}&page_size=100`, {
      token: user.accessToken,
      from: user.address,
    });
    if (status !== 200) throw new ProductFailure(`The workflows cannot be read back: ${status}`);
    const found = (json as { workflows?: { name: string }[] } | undefined)?.workflows ?? [];
    for (const { name } of found) names.add(name);
    if (found.length === 0) return names;
  }
}
