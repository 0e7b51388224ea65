import { randomUUID } from 'node:crypto';
import type { Log } from '../observe/log.ts';
import { backoffMs } from '../service/backoff.ts';
import { type Clock, systemClock } from '../service/clock.ts';
import { describeFailure } from '../service/describe-failure.ts';
import { createRecurringWork } from '../service/recurring-work.ts';
import { isStoreFailure } from '../service/store-failure.ts';
import type { Durable, DurableWorkflow, RunIds } from './durable.ts';
import { createDurableRun, never } from './durable-run.ts';
import { type Engine, engineLog, loadEngine } from './engine.ts';
import { createEngineLooks } from './engine-looks.ts';
import { announceRun, type ExecutorLock, holdExecutorLock } from './executor-lock.ts';
import { openPool } from './open-pool.ts';
import { forgetEnded } from './retention.ts';
import { idsWithTrace, inTraceOf } from './run-trace.ts';
import { createRunningRuns } from './running-runs.ts';
import { createTakeOver } from './take-over.ts';

export interface DurableOptions {
  databaseUrl: string;
  /** The engine's schema of this service; see `durableSchemas` of the database. */
  schema: string;
  service: string;
  log: Log;
  /** Maximum number of runs of this process; others wait for this or another process. */
  concurrency: number;
  /** Maximum number of runs of one tenant, `ids.tenant`, in this process, so that one tenant does not block the others. */
  perTenant?: number;
  workflows: Readonly<Record<string, DurableWorkflow>>;
  /**
   * Called when a workflow throws: a defect of the service, since expected failures belong to the run itself. Records
   * the end of the run. It is repeated while a store is away.
   */
  onDefect(workflow: string, ids: RunIds, error: unknown): Promise<void>;
  clock?: Clock;
  /** How long ended runs are remembered, milliseconds. Default one day. */
  keepMs?: number;
  /** For several replicas in one process, as tests need them. */
  load?: () => Promise<Engine>;
}

const queueName = 'runs';
/** Definitions of workflows are stored data, so any release may continue a run of another. */
const applicationVersion = 'stored-definitions';
/** Minimum time between two looks for waiting runs, milliseconds: runs that are stored at the same time start together. */
const gatherMs = 10;
/** Maximum time between two looks, milliseconds: without an announcement, and while this process can take no more. */
const lookMs = { everyMs: 2_000, fullMs: 100 };
const takeOverMs = 1_500;
const forgetMs = 60_000;
const storeBackoff = { firstMs: 250, maxMs: 2_000 };

/** Opens the durable engine of a service. Does not wait for the database. */
export function openDurable(options: DurableOptions): Durable {
  const { schema, service, log, clock = systemClock, load = loadEngine } = options;
  const executor = randomUUID();
  const connections = openPool({ url: options.databaseUrl, log });
  const stopping = new AbortController();
  const closing = new AbortController();
  const ready = Promise.withResolvers<void>();
  ready.promise.catch(() => undefined);
  let state: 'stored only' | 'starting' | 'running' | 'closed' = 'stored only';
  let launching: Promise<void> | undefined;
  let launchedOnce = false;
  let lock: ExecutorLock | undefined;
  const running = createRunningRuns(options);
  let loaded: Promise<Engine> | undefined;
  let closed: Promise<void> | undefined;
  let opened: ReturnType<typeof openClient> | undefined;

  const looks = createEngineLooks({ queueName, ...lookMs, isFull: running.isFull });

  const engineOf = () => (loaded ??= load());

  async function openClient() {
    const { DBOSClient } = await engineOf();
    return DBOSClient.create({
      systemDatabaseUrl: connections.url,
      systemDatabasePool: connections.pool,
      systemDatabaseSchemaName: schema,
      applicationName: service,
      logger: engineLog(log),
    });
  }

  const client = () => (opened ??= openClient());

  function enqueueOptions(workflowName: string, workflowID: string, ids: RunIds) {
    if (options.workflows[workflowName] === undefined) throw new TypeError(`no workflow ${workflowName}`);
    const queued = { queueName, workflowName, workflowID, appVersion: applicationVersion };
    if (options.perTenant === undefined) return queued;
    if (ids.tenant === undefined) throw new TypeError(`a run of ${workflowName} needs the id of its tenant`);
    return { ...queued, queuePartitionKey: ids.tenant };
  }

  async function resume(id: string): Promise<void> {
    await (await client()).resumeWorkflow(id, { queueName });
    await connections.pool.query(announceRun, [schema]);
  }

  /** Repeats `work` while a store is away. */
  async function untilStored(work: () => Promise<unknown>): Promise<void> {
    for (let failures = 1; !stopping.signal.aborted; failures += 1) {
      try {
        await work();
        return;
      } catch (error) {
        if (!isStoreFailure(error)) throw error;
        await systemClock.sleep(backoffMs(storeBackoff, failures), stopping.signal).catch(() => undefined);
      }
    }
  }

  /** Runs a workflow function so that neither a lost store, the end of the process nor a defect ends it silently. */
  function guarded(engine: Engine, name: string, workflow: DurableWorkflow) {
    return async (stored: RunIds): Promise<void> => {
      const id = engine.DBOS.workflowID as string;
      const run = createDurableRun({ engine, clock, stopping: stopping.signal }, id);
      running.add(id, stored.tenant);
      try {
        await inTraceOf(name, stored, (ids) => workflow(run, ids));
      } catch (error) {
        if (stopping.signal.aborted) return never();
        if (isStoreFailure(error)) {
          // The engine could not write what it remembers. It tries most such failures itself, but not all. The client
          // writes outside of the run: within it, the engine would take this for the run's next step.
          await untilStored(() => resume(id));
          return;
        }
        const { DBOSWorkflowCancelledError, DBOSExecutorNotInitializedError } = engine.Error;
        // The engine ends.
        if (error instanceof DBOSExecutorNotInitializedError && closing.signal.aborted) return never();
        if (error instanceof DBOSWorkflowCancelledError) throw error;
        // Another process has taken the run over.
        if (error instanceof engine.DBOSWorkflowConflictError) throw error;
        log.error({ run: id, workflow: name, err: error }, 'a durable run failed unexpectedly');
        await untilStored(() => options.onDefect(name, stored, error));
      } finally {
        running.delete(id);
      }
    };
  }

  async function launchOnce(engine: Engine): Promise<void> {
    const { DBOS } = engine;
    lock ??= holdExecutorLock({
      connect: connections.connect,
      schema,
      executor,
      log,
      onAnnouncement: looks.ring,
    });
    await lock.held();
    await DBOS.launch();
    await DBOS.registerQueue(queueName, {
      workerConcurrency: options.concurrency,
      ...(options.perTenant === undefined ? {} : { partitionWorkerConcurrency: options.perTenant }),
      minPollingIntervalMs: gatherMs,
      onConflict: 'always_update',
    });
  }

  async function launchUntilDone(): Promise<void> {
    const engine = await engineOf();
    engine.DBOS.setConfig({
      name: service,
      systemDatabaseUrl: connections.url,
      systemDatabasePool: connections.pool,
      systemDatabaseSchemaName: schema,
      runMigrations: false,
      applicationVersion,
      executorID: executor,
      logger: engineLog(log),
      enableOTLP: false,
      tracingEnabled: false,
      // One look waits in this queue, another one in the engine's own.
      maxConcurrentQueueDispatches: 2,
      listenQueues: [queueName],
    });
    // The engine and its client have stores of the same class.
    looks.pace(Reflect.get(await client(), 'systemDatabase') as object);
    for (const [name, workflow] of Object.entries(options.workflows))
      engine.DBOS.registerWorkflow(guarded(engine, name, workflow), { name });
    for (let failures = 1; !closing.signal.aborted; failures += 1) {
      try {
        await launchOnce(engine);
        launchedOnce = true;
        if (state === 'closed') return;
        state = 'running';
        ready.resolve();
        return;
      } catch (error) {
        if (failures === 1) log.warn({ err: describeFailure(error) }, 'the durable engine is not available');
        await engine.DBOS.shutdown().catch(() => undefined);
        await systemClock.sleep(backoffMs(storeBackoff, failures), closing.signal).catch(() => undefined);
      }
    }
  }

  let takeOverRound: (() => Promise<number>) | undefined;
  const takeOver = createRecurringWork({
    name: 'taking over runs of dead processes',
    log,
    everyMs: takeOverMs,
    maxPauseMs: takeOverMs,
    async work() {
      takeOverRound ??= createTakeOver({
        engine: await engineOf(),
        pool: connections.pool,
        schema,
        executor,
        queueName,
        isRunning: (id) => running.has(id),
        elapsedMs: () => performance.now(),
      });
      const count = await takeOverRound();
      if (count > 0) log.info({ runs: count }, 'runs without a process queued again');
    },
  });

  const forgetting = createRecurringWork({
    name: 'forgetting ended runs',
    log,
    everyMs: forgetMs,
    work: async () => forgetEnded(await engineOf(), options.keepMs ?? 24 * 60 * 60 * 1000),
  });

  return {
    async start(workflow, id, ids) {
      await (await client()).enqueue(enqueueOptions(workflow, id, ids), idsWithTrace(ids));
      await connections.pool.query(announceRun, [schema]);
    },
    async startIn(tx, workflow, id, ids) {
      const caller = {
        query(text: string, values?: unknown[]) {
          const name = connections.nameOf(text);
          return tx.query(name === undefined ? text : { name, text }, values);
        },
      } as unknown as Parameters<Awaited<ReturnType<typeof client>>['enqueueInTransaction']>[0];
      await (await client()).enqueueInTransaction(
        caller,
        enqueueOptions(workflow, id, ids),
        idsWithTrace(ids),
      );
      await tx.query(announceRun, [schema]);
    },
    async cancel(id) {
      await (await client()).cancelWorkflow(id);
    },
    resume,
    async send(id, topic, message, key) {
      await (await client()).send(id, message, topic, key);
    },
    async forget(ids) {
      if (ids.length === 0) return;
      await (await client()).cancelWorkflows([...ids]);
      await (await client()).deleteWorkflows([...ids]);
    },
    async counts() {
      const waiting = { status: 'ENQUEUED' as const, limit: 1_000, loadInput: false, loadOutput: false };
      const queued = await (await client()).listWorkflows(waiting);
      return { running: running.size, queued: queued.length };
    },
    launch() {
      if (launching !== undefined) return;
      state = 'starting';
      launching = launchUntilDone().then(() => {
        if (state !== 'running') return;
        takeOver.start();
        forgetting.start();
      });
      launching.catch((error: unknown) => {
        log.fatal({ err: error }, 'the durable engine could not be loaded');
        ready.reject(error);
      });
    },
    launched: () => ready.promise,
    dependency: {
      name: 'durable',
      async check() {
        if (state !== 'running') throw new Error(state);
      },
    },
    close(how) {
      closed ??= close(how);
      return closed;
    },
  };

  async function close({ drainMs = 4_000 }: { drainMs?: number } = {}): Promise<void> {
    state = 'closed';
    closing.abort(new Error('closing'));
    looks.end();
    await Promise.all([takeOver.close(), forgetting.close(), launching?.catch(() => undefined)]);
    // Also when the engine has started only just now, while it was closed.
    if (launchedOnce) {
      const { DBOS } = await engineOf();
      // Steps that take longer are aborted, and happen again in the process that takes the run over.
      const timer = setTimeout(() => stopping.abort(new Error('stopping')), Math.max(0, drainMs - 500));
      await DBOS.shutdown({ workflowCompletionTimeoutMS: drainMs });
      clearTimeout(timer);
      stopping.abort(new Error('stopping'));
    }
    await lock?.release();
    await (await opened)?.destroy();
    await connections.pool.end();
  }
}
