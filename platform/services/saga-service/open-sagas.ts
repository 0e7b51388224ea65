import { randomUUID } from 'node:crypto';
import type { Durable } from '../../kit/durable/durable.ts';
import { type DurableOptions, openDurable } from '../../kit/durable/open-durable.ts';
import { createPublishEvent, type PublishEvent } from '../../kit/events/publish-event.ts';
import { createPublishLiveEvent } from '../../kit/events/publish-live-event.ts';
import type { Log } from '../../kit/observe/log.ts';
import type { Database } from '../../kit/postgres/database.ts';
import type { RedisStore } from '../../kit/redis/redis.ts';
import type { Clock } from '../../kit/service/clock.ts';
import { createRecurringWork } from '../../kit/service/recurring-work.ts';
import { consumeEvents } from './events/event-stream.ts';
import { type ReactionDeps, reactToEvent } from './events/react-to-event.ts';
import { announceEntries } from './events/saga-live-events.ts';
import { openSagaNotifications } from './events/saga-notifications.ts';
import { startTriggered } from './events/start-triggered.ts';
import { createSagaEngine, type SagaEngine, sagaWorkflow } from './run/saga-engine.ts';
import type { SagaGrants } from './run/saga-grants.ts';
import type { SagaMetrics } from './run/saga-metrics.ts';
import type { CallStep } from './steps/call-step.ts';
import { createJournal } from './store/journal.ts';
import { createSealedSecrets } from './store/sealed-secrets.ts';

export interface SagasOptions {
  database: Database;
  /** URL of the same database, for the durable engine's own connections. */
  databaseUrl: string;
  redis: RedisStore;
  callStep: CallStep;
  grants: SagaGrants;
  internalKey: string;
  clock: Clock;
  log: Log;
  metrics: SagaMetrics;
  maxConcurrent: number;
  maxPerTenant: number;
  /** For several replicas in one process, as tests need them. */
  loadEngine?: NonNullable<DurableOptions['load']>;
}

export interface Sagas {
  engine: SagaEngine;
  durable: Durable;
  publish: PublishEvent;
  /** Starts running sagas and consuming events. Before that, sagas are stored only. */
  start(): void;
  close(): Promise<void>;
}

/** Schema of the durable engine's tables. */
const schema = 'saga_runs';
/** Interval of looking for overdue sagas and requested ends, milliseconds. */
const pollMs = 5_000;

/** Connects the saga engine with the durable engine, the event stream and the notifications. */
export function openSagas(options: SagasOptions): Sagas {
  const { database, redis, clock, log } = options;
  const stopping = new AbortController();
  const publish = createPublishEvent(redis);
  const notifications = openSagaNotifications({ redis, log });
  const publishLive = createPublishLiveEvent({ redis, log });
  const journal = announceEntries(createJournal({ database, clock }), publishLive);
  const durable = openDurable({
    databaseUrl: options.databaseUrl,
    schema,
    service: 'saga-service',
    log,
    clock,
    concurrency: options.maxConcurrent,
    workflows: { [sagaWorkflow]: (run, ids) => engine.execute(run, ids) },
    onDefect: (_workflow, { tenant = '', saga = '', user = '' }) =>
      journal.fail({ tenantId: tenant, sagaId: saga, userId: user }, 'the saga failed unexpectedly'),
    ...(options.loadEngine && { load: options.loadEngine }),
  });
  const engine = createSagaEngine({
    ...options,
    durable,
    journal,
    publish,
    secrets: createSealedSecrets(options.internalKey),
    notify: notifications.notify,
  });
  const reaction: ReactionDeps = {
    database,
    clock,
    startRun: engine.startRun,
    startTriggered: (event, authority) => startTriggered(engine, event, authority),
  };
  const polling = createRecurringWork({
    name: 'continuing overdue sagas',
    log,
    everyMs: pollMs,
    clock,
    work: engine.poll,
  });
  let consuming: Promise<void> | undefined;
  return {
    engine,
    durable,
    publish,
    start() {
      durable.launch();
      polling.start();
      notifications.subscribe(engine.check);
      consuming = consumeEvents({
        redis,
        consumer: randomUUID(),
        clock,
        log,
        signal: stopping.signal,
        react: (event) => reactToEvent(reaction, event),
      });
    },
    async close() {
      stopping.abort();
      await Promise.all([consuming, polling.close()]);
      await durable.close();
    },
  };
}
