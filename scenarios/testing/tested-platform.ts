import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import pg from 'pg';
import { openInstruments } from '../../harness/engine/instruments/open-instruments.ts';
import type { Capability } from '../../harness/plan/plan.ts';
import { assessmentPolicy } from '../../harness/plan/policy.ts';
import { toPlan } from '../../harness/plan/to-plan.ts';
import { openPlatform } from '../../harness/run/platform/open-platform.ts';
import { readSettings } from '../../harness/run/settings.ts';
import type { BootedStack } from '../../harness/runtime/runtime.ts';
import type { ServiceName } from '../../platform/contracts/service.ts';
import { checks } from '../catalogue.ts';
import { runAlone } from './run-alone.ts';

/** A platform on which tests run single checks while they break it. */
export interface TestedPlatform extends AsyncDisposable {
  readonly stack: BootedStack;
  /** A pool with the rights of the database owner. */
  readonly admin: pg.Pool;
  /**
   * Runs a check of the catalogue with accounts of its own, without the checks that it needs, and judges it.
   * @param options.gateway address of the gateway for the check; default: the real one
   * @param options.timeoutMs default: 90,000
   */
  resultOf(id: string, options?: { gateway?: string; timeoutMs?: number }): Promise<CheckResult>;
}

export type CheckResult = Pick<Awaited<ReturnType<typeof runAlone>>, 'outcome'> &
  Pick<Awaited<ReturnType<typeof runAlone>>['facts'], 'observed' | 'shortfall'>;

/** What a run adds to the capabilities of its stack. */
const further: readonly Capability[] = [
  'node-restart',
  'long-drills',
  'language-model',
  'mail',
  'model-server',
];

const plan = toPlan({
  definitions: checks,
  selected: new Set(checks.map(({ id }) => id)),
  policy: assessmentPolicy,
  runtime: 'process',
  seed: 1,
});

/**
 * Boots the whole platform as processes. One per test file: a boot takes some seconds of both cores.
 * @throws Error when a node does not start: checks would show its absence only
 */
export async function openTestedPlatform(options: {
  /** Names the folder and the runs. */
  name: string;
  /** Further environment variables of services. */
  env?: Partial<Record<ServiceName, Readonly<Record<string, string>>>>;
}): Promise<TestedPlatform> {
  await using cleanup = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), `${options.name}-`));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  const packageRoot = resolve(import.meta.dirname, '../..');
  const runId = `${options.name}-${process.pid}`;
  const { stack, mails, models } = cleanup.use(
    await openPlatform({
      context: {
        stdout: new PassThrough(),
        stderr: new PassThrough(),
        settings: readSettings({ ...process.env, NO_COLOR: '1' }),
        packageRoot,
        cacheDir: join(packageRoot, '.cache'),
        runsDir: folder,
        now: () => new Date(),
      },
      runId,
      runDir: folder,
      fixedPorts: false,
      traces: false,
      bootTimeoutMs: 60_000,
      env: options.env ?? {},
      signal: new AbortController().signal,
    }),
  );
  const failed = stack.boot.filter(({ state }) => state !== 'ready');
  if (failed.length > 0)
    throw new Error(
      `did not start: ${failed.map(({ node, failure }) => `${node} (${failure?.cause ?? 'not started'})`).join(', ')}`,
    );
  const admin = new pg.Pool({ connectionString: stack.addresses.postgres?.adminUrl ?? '', max: 2 });
  cleanup.defer(() => admin.end());
  let results = 0;
  const all = cleanup.move();
  return {
    stack,
    admin,
    async resultOf(id, { gateway, timeoutMs = 90_000 } = {}) {
      const definition = checks.find((check) => check.id === id);
      if (!definition) throw new Error(`There is no check ${id}`);
      const { addresses, capabilities, restarts, control } = stack;
      results += 1;
      await using instruments = openInstruments({
        stack: gateway ? { ...addresses, services: { ...addresses.services, gateway } } : addresses,
        capabilities: new Set([...capabilities, ...further]),
        restarts,
        control,
        ...(mails ? { mails } : {}),
        ...(models ? { models } : {}),
        tmpDir: folder,
        seed: 1,
        // Names and addresses of accounts come from it.
        runId: `${runId}-${results}`,
        trackProcess: () => undefined,
        boot: stack.boot,
        exited: () => stack.exited(),
      });
      const { outcome, facts } = await runAlone({ definition, plan, instruments, timeoutMs });
      return { outcome, observed: facts.observed, shortfall: facts.shortfall };
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
