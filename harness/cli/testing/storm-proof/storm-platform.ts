import { join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import pg from 'pg';
import type { ServiceName } from '../../../../platform/contracts/service.ts';
import {
  createPlace,
  createWorkflow,
  type FlowPlace,
  type FlowRequest,
} from '../../../../scenarios/infrastructure/flows/flow.ts';
import { watchForInterruption } from '../../../run/interruption.ts';
import { openPlatform } from '../../../run/platform/open-platform.ts';
import { createRunFolder, newRunId } from '../../../run/run-folder.ts';
import { readSettings } from '../../../run/settings.ts';
import type { BootedStack } from '../../../runtime/runtime.ts';
import { send } from './start-flows.ts';

/** A slow machine boots twelve processes in more than the usual minute. */
const bootTimeoutMs = 180_000;
const queryMs = 15_000;

/** Users, each in a tenant of their own. */
const userCount = 10;

/** A user with a base and a workflow of their own. */
export interface StormUser {
  token: string;
  place: FlowPlace;
}

export interface StormPlatform extends AsyncDisposable {
  stack: BootedStack;
  runDir: string;
  /** With the rights of the database owner. Rejects while PostgreSQL is down. */
  database: pg.Pool;
  /** Aborts when the proof is interrupted. */
  signal: AbortSignal;
  /** Base URLs of all processes of a service. */
  urlsOf(service: FlowRequest['service']): readonly string[];
  /** @throws Error when a response is not as expected */
  openUser(name: string, steps: number): Promise<StormUser>;
}

/** Boots the platform on processes, with two processes of the given services. @throws Error when a node is not ready */
export async function openStormPlatform(replicas: readonly ServiceName[]): Promise<StormPlatform> {
  const packageRoot = resolve(import.meta.dirname, '../../../..');
  const settings = readSettings(process.env);
  const runId = newRunId(new Date());
  const runDir = await createRunFolder(
    settings.runsDir ?? join(packageRoot, 'reports/runs'),
    `storm-${runId}`,
  );
  await using cleanup = new AsyncDisposableStack();
  const { signal } = cleanup.use(watchForInterruption({ watchParent: settings.startedByNpm }));
  const { stack } = cleanup.use(
    await openPlatform({
      context: {
        stdout: new PassThrough(),
        stderr: process.stderr,
        settings,
        packageRoot,
        cacheDir: settings.cacheDir ?? join(packageRoot, '.cache'),
        runsDir: settings.runsDir ?? join(packageRoot, 'reports/runs'),
        now: () => new Date(),
      },
      runId,
      runDir,
      fixedPorts: false,
      replicas,
      traces: false,
      bootTimeoutMs,
      forPeople: true,
      signal,
    }),
  );
  const failed = stack.boot.find(({ state }) => state !== 'ready');
  const { services, postgres, redundant = {} } = stack.addresses;
  if (failed || !postgres) throw new Error(`${failed?.node}: ${failed?.failure?.cause ?? 'was not started'}`);
  const database = new pg.Pool({ connectionString: postgres.adminUrl, max: 2, query_timeout: queryMs });
  // The next query reports a broken idle connection.
  database.on('error', () => undefined);
  cleanup.defer(() => database.end());
  const urlsOf = (service: FlowRequest['service']) =>
    [services[service], redundant[`${service}-2`]].filter((url) => url !== undefined);

  async function create(request: FlowRequest, token: string): Promise<unknown> {
    const { status, json } = await send(services[request.service], request, { token });
    if (status >= 300) throw new Error(`${request.path} returned ${status}: ${JSON.stringify(json)}`);
    return json;
  }

  const owned = cleanup.move();
  return {
    stack,
    runDir,
    database,
    signal,
    urlsOf,
    async openUser(name, steps) {
      const response = await fetch(`${services.gateway}/api/auth/register`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email: `${name}@storm.example`, password: `Kestrel-${runId}`, name }),
      });
      if (response.status !== 201) throw new Error(`the registration returned ${response.status}`);
      const { access_token: token } = (await response.json()) as { access_token: string };
      const base = (await create(createPlace, token)) as { id: string; tables: { id: string }[] };
      const place = { baseId: base.id, tableId: base.tables[0]?.id ?? '' };
      const workflow = (await create(createWorkflow(place, steps), token)) as { id: string };
      return { token, place: { ...place, workflowId: workflow.id } };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Registers the users of a proof, between which flows are spread. */
export async function openUsers(
  platform: StormPlatform,
  steps: number,
): Promise<{ at(index: number): StormUser; tables: readonly string[] }> {
  const users = await Promise.all(
    Array.from({ length: userCount }, (_none, index) => platform.openUser(`user-${index}`, steps)),
  );
  return {
    at(index) {
      const user = users[index % users.length];
      if (user === undefined) throw new Error('there is no user');
      return user;
    },
    tables: users.map(({ place }) => place.tableId),
  };
}
