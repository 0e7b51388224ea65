import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startTemporaryDatabase, type TemporaryDatabase } from '../../database/testing/temporary-database.ts';
import { createLog } from '../observe/log.ts';
import { newSpanContext } from '../observe/trace-context.ts';
import { openDatabase } from '../postgres/database.ts';
import { backgroundScope, currentScope, runInScope } from '../service/scope.ts';
import { StepFailure } from '../service/step-failure.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import type { Durable, DurableWorkflow, RunIds } from './durable.ts';
import type { Engine } from './engine.ts';
import { openDurable } from './open-durable.ts';
import { forgetEnded } from './retention.ts';
import type { Task } from './testing/killable-process.ts';
import { loadSeparateEngine } from './testing/separate-engine.ts';

const schema = 'automation_runs';
const log = createLog({ service: 'test', level: process.env.TEST_LOG_LEVEL ?? 'silent' });
let stores: TemporaryDatabase;
let admin: pg.Client;
const closers: (() => Promise<unknown>)[] = [];

async function openAdmin(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: stores.adminUrl });
  client.on('error', () => {});
  await client.connect();
  return client;
}

beforeAll(async () => {
  stores = await startTemporaryDatabase();
  admin = await openAdmin();
  await admin.query(`
    create table automation_runs.effects (key text primary key);
    create table automation_runs.attempts (run text, step int);
    create table automation_runs.ended (key text primary key);
    -- The test server confirms commits that a crash may lose.
    alter role automation_services set synchronous_commit = on;
    grant select, insert on automation_runs.effects, automation_runs.attempts, automation_runs.ended to automation_services;
  `);
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await admin.query('truncate automation_runs.effects, automation_runs.attempts, automation_runs.ended');
});
afterAll(async () => {
  await admin?.end();
  await stores?.stop();
});

interface Opened {
  durable: Durable;
  engine: Promise<Engine>;
  clock: ManualClock;
  defects: { workflow: string; ids: RunIds; error: unknown }[];
}

async function open(
  workflows: Record<string, DurableWorkflow>,
  options: { concurrency?: number; launch?: boolean; clock?: ManualClock } = {},
): Promise<Opened> {
  const clock = options.clock ?? new ManualClock('2026-03-02T06:00:00.000Z');
  const defects: Opened['defects'] = [];
  const engine = loadSeparateEngine();
  const durable = openDurable({
    databaseUrl: stores.urlOf('automation_services'),
    schema,
    service: 'test',
    log,
    clock,
    concurrency: options.concurrency ?? 10,
    workflows,
    async onDefect(workflow, ids, error) {
      defects.push({ workflow, ids, error });
    },
    load: () => engine,
  });
  closers.push(() => durable.close({ drainMs: 100 }));
  if (options.launch !== false) {
    durable.launch();
    await durable.launched();
  }
  return { durable, engine, clock, defects };
}

/** Number of effects or ends of the runs whose ids begin with a prefix. */
async function count(table: 'effects' | 'ended', prefix: string): Promise<number> {
  const { rows } = await admin.query(
    `select count(*)::int as n from automation_runs.${table} where starts_with(key, $1)`,
    [`${prefix}-`],
  );
  return rows[0].n;
}

/** Resolves when the count is reached; every round waits for the database. */
async function counted(table: 'effects' | 'ended', prefix: string, atLeast: number): Promise<void> {
  while ((await count(table, prefix)) < atLeast);
}

async function startProcess(options: Partial<Task> = {}): Promise<ChildProcess> {
  const task: Task = {
    databaseUrl: stores.urlOf('automation_services'),
    schema,
    stepMs: 100,
    concurrency: 200,
    ...options,
  };
  const script = fileURLToPath(new URL('./testing/killable-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  closers.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  for await (const line of createInterface(child.stdout as NonNullable<typeof child.stdout>))
    if (line === 'launched') break;
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function startRuns(durable: Durable, prefix: string, count: number): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, (_none, index) => durable.start('four_steps', `${prefix}-${index}`, {})),
  );
}

const never: DurableWorkflow = async () => undefined;
const starter = () => open({ four_steps: never }, { launch: false });

it('continues the trace of the request that started the run', async () => {
  const seen = Promise.withResolvers<{ traceId: string | undefined; ids: RunIds }>();
  const { durable } = await open({
    async traced(_run, ids) {
      seen.resolve({ traceId: currentScope()?.span.traceId, ids });
    },
  });
  const span = newSpanContext();
  await runInScope(backgroundScope({ span }), () => durable.start('traced', 'traced-0', { id: 'one' }));
  expect(await seen.promise).toEqual({ traceId: span.traceId, ids: { id: 'one' } });
});

it('repeats no remembered step when a run is resumed', async () => {
  const steps: string[] = [];
  const reached = Promise.withResolvers<void>();
  const { durable } = await open({
    async two(run) {
      steps.push(`result ${await run.step('first', async () => steps.push('first'))}`);
      await run.step('second', async ({ signal }) => {
        steps.push('second');
        if (steps.length > 3) return;
        reached.resolve();
        await once(signal, 'abort');
        signal.throwIfAborted();
      });
      steps.push('end');
      ended.resolve();
    },
  });
  const ended = Promise.withResolvers<void>();
  await durable.start('two', 'resumed', {});
  await reached.promise;
  await durable.cancel('resumed');
  await durable.resume('resumed');
  await ended.promise;
  expect(steps).toEqual(['first', 'result 1', 'second', 'result 1', 'second', 'end']);
});

it('starts a run once however often it is started', async () => {
  const started: RunIds[] = [];
  const { durable } = await open({
    async once(_run, ids) {
      started.push(ids);
    },
    async last() {
      done.resolve();
    },
  });
  const done = Promise.withResolvers<void>();
  await durable.start('once', 'same', { id: 'a' });
  await durable.start('once', 'same', { id: 'b' });
  await durable.start('last', 'last', {});
  await done.promise;
  expect(started).toEqual([{ id: 'a' }]);
});

it('stores a run if and only if the transaction of the caller commits', async () => {
  const started: string[] = [];
  const { durable } = await open({
    async noted(run) {
      started.push(run.id);
      if (run.id === 'committed') done.resolve();
    },
  });
  const done = Promise.withResolvers<void>();
  const database = openDatabase({ url: stores.urlOf('automation_services'), log });
  closers.push(() => database.close());
  await database
    .transaction(async (tx) => {
      await durable.startIn(tx, 'noted', 'rolled-back', {});
      throw new Error('rolled back');
    })
    .catch(() => undefined);
  await database.transaction((tx) => durable.startIn(tx, 'noted', 'committed', {}));
  await done.promise;
  expect(started).toEqual(['committed']);
});

it('tries a retryable failure again after a doubled delay, and stores no reason', async () => {
  const attempts: number[] = [];
  const ended = Promise.withResolvers<unknown>();
  const { durable, clock } = await open({
    async failing(run) {
      await run
        .step(
          'fails',
          async ({ number }) => {
            attempts.push(number);
            throw new StepFailure('secret of a tenant', { retryable: true });
          },
          { retries: 2, firstDelayMs: 1_000 },
        )
        .catch(ended.resolve);
    },
  });
  await durable.start('failing', 'failing', {});
  await clock.sleeping(1_000);
  clock.advance(1_000);
  await clock.sleeping(2_000);
  clock.advance(2_000);
  expect(await ended.promise).toMatchObject({ message: 'secret of a tenant' });
  expect(attempts).toEqual([1, 2, 3]);
  const { rows } = await admin.query(
    `select row_to_json(o)::text as text from automation_runs.operation_outputs o`,
  );
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.map(({ text }) => text).join()).not.toContain('secret');
});

it('sleeps by the clock of the service', async () => {
  const ended = Promise.withResolvers<Date>();
  const { durable, clock } = await open({
    async sleeper(run) {
      await run.sleep('pause', 20 * 60_000);
      ended.resolve(await run.now('time'));
    },
  });
  await durable.start('sleeper', 'sleeper', {});
  await clock.sleeping(20 * 60_000);
  clock.advance(20 * 60_000);
  expect((await ended.promise).toISOString()).toBe('2026-03-02T06:20:00.000Z');
});

it('gives a run the messages sent to it, and undefined after the time limit', async () => {
  const got: unknown[] = [];
  const ended = Promise.withResolvers<void>();
  const { durable } = await open({
    async waiting(run) {
      got.push(await run.wait('answer', 60_000), await run.wait('answer', 10));
      ended.resolve();
    },
  });
  await durable.start('waiting', 'waiting', {});
  await durable.send('waiting', 'answer', 'yes', 'key');
  await durable.send('waiting', 'answer', 'yes', 'key');
  await ended.promise;
  expect(got).toEqual(['yes', undefined]);
});

it('queues a run again whose memory could not be read or written, and repeats no remembered step', async () => {
  const steps: string[] = [];
  let executions = 0;
  const broken = () => Object.assign(new Error('write EPIPE'), { code: 'EPIPE', syscall: 'write' });
  const { durable, defects } = await open({
    async interrupted(run) {
      executions += 1;
      await run.step('first', async () => steps.push('first'));
      // The engine remembers the second step already when it cannot read it.
      if (executions === 2) throw broken();
      await run.step('second', async () => steps.push('second'));
      if (executions === 1) throw broken();
      ended.resolve();
    },
  });
  const ended = Promise.withResolvers<void>();
  await durable.start('interrupted', 'interrupted', {});
  await ended.promise;
  expect(executions).toBe(3);
  expect(steps).toEqual(['first', 'second']);
  expect(defects).toEqual([]);
});

it('reports a defect of a workflow to its service', async () => {
  const { durable, defects } = await open({
    async broken() {
      throw new TypeError('not a function');
    },
    async last() {
      done.resolve();
    },
  });
  const done = Promise.withResolvers<void>();
  await durable.start('broken', 'broken', { id: 'x' });
  while (defects.length === 0) await durable.counts();
  await durable.start('last', 'after', {});
  await done.promise;
  expect(defects).toMatchObject([
    { workflow: 'broken', ids: { id: 'x' }, error: { message: 'not a function' } },
  ]);
});

it('lets more runs wait than may run at the same time', async () => {
  let now = 0;
  let most = 0;
  let ended = 0;
  const all = Promise.withResolvers<void>();
  const { durable } = await open(
    {
      async counted(run) {
        now += 1;
        most = Math.max(most, now);
        await run.step('one', async () => 1);
        now -= 1;
        ended += 1;
        if (ended === 120) all.resolve();
      },
    },
    { concurrency: 20 },
  );
  await Promise.all(
    Array.from({ length: 120 }, (_none, index) => durable.start('counted', `c-${index}`, {})),
  );
  await all.promise;
  expect(most).toBeLessThanOrEqual(20);
}, 30_000);

it('continues all runs of a killed process in the other one, each effect once', async () => {
  const { durable } = await starter();
  const doomed = await startProcess();
  await startRuns(durable, 'killed', 150);
  await counted('effects', 'killed', 200);
  await startProcess();
  await kill(doomed);
  await counted('ended', 'killed', 150);
  expect(await count('effects', 'killed')).toBe(600);
}, 60_000);

it('continues all runs after a restart of the only process', async () => {
  const { durable } = await starter();
  const doomed = await startProcess();
  await startRuns(durable, 'restarted', 50);
  await counted('effects', 'restarted', 60);
  await kill(doomed);
  await startProcess();
  await counted('ended', 'restarted', 50);
  expect(await count('effects', 'restarted')).toBe(200);
}, 60_000);

it('hands runs over when a process ends by SIGTERM in the middle of a step', async () => {
  const { durable } = await starter();
  const ending = await startProcess({ stepMs: 5_000 });
  await startRuns(durable, 'handed', 10);
  for (;;) {
    const { rows } = await admin.query('select count(*)::int as n from automation_runs.attempts');
    if (rows[0].n >= 10) break;
  }
  const exited = once(ending, 'exit');
  ending.kill('SIGTERM');
  expect((await exited)[0]).toBe(0);
  await startProcess({ stepMs: 10 });
  await counted('ended', 'handed', 10);
  expect(await count('effects', 'handed')).toBe(40);
}, 60_000);

it('ends every run when PostgreSQL dies and starts again, each effect once', async () => {
  const { durable } = await starter();
  await startProcess();
  await startProcess();
  await startRuns(durable, 'store', 60);
  await counted('effects', 'store', 60);
  await stores.kill();
  await stores.start();
  admin = await openAdmin();
  await counted('ended', 'store', 60);
  expect(await count('effects', 'store')).toBe(240);
}, 60_000);

it('forgets runs that ended longer ago than it keeps them', async () => {
  const { durable, engine } = await open({ four_steps: never });
  await durable.start('four_steps', 'old', {});
  await durable.start('four_steps', 'new', {});
  for (;;) {
    const { rows } = await admin.query(
      `select count(*)::int as n from automation_runs.workflow_status where workflow_uuid in ('old', 'new') and status = 'SUCCESS'`,
    );
    if (rows[0].n === 2) break;
  }
  await admin.query(
    `update automation_runs.workflow_status set completed_at = completed_at - 3600000 where workflow_uuid = 'old'`,
  );
  await forgetEnded(await engine, 1_800_000);
  const { rows } = await admin.query(
    `select workflow_uuid as id from automation_runs.workflow_status where workflow_uuid in ('old', 'new')`,
  );
  expect(rows).toEqual([{ id: 'new' }]);
});
