import { randomUUID } from 'node:crypto';
import { createPublishEvent, type PublishEvent } from '../../kit/events/publish-event.ts';
import type { Log } from '../../kit/observe/log.ts';
import type { Database } from '../../kit/postgres/database.ts';
import type { RedisStore } from '../../kit/redis/redis.ts';
import type { Clock } from '../../kit/service/clock.ts';
import { consumeEvents } from './events/event-stream.ts';
import { reactToEvent } from './events/react-to-event.ts';
import { openSagaNotifications } from './events/saga-notifications.ts';
import { createSagaEngine, type SagaEngine } from './run/saga-engine.ts';
import type { SagaMetrics } from './run/saga-metrics.ts';
import type { CallStep } from './steps/call-step.ts';
import { createJournal, type Journal } from './store/journal.ts';
import { findTemplate } from './templates/catalogue.ts';
import { startFromTemplate } from './templates/start-from-template.ts';

export interface SagasOptions {
  database: Database;
  redis: RedisStore;
  callStep: CallStep;
  clock: Clock;
  log: Log;
  metrics: SagaMetrics;
  maxConcurrent: number;
  maxPerTenant: number;
  /** Default: the journal in the database. */
  journal?: Journal;
}

export interface Sagas {
  engine: SagaEngine;
  publish: PublishEvent;
  /** Starts consuming events and claiming abandoned sagas. */
  start(): void;
  close(): Promise<void>;
}

/** Connects the saga engine with the event stream and the notifications. Claims and consumes nothing before `start`. */
export function openSagas(options: SagasOptions): Sagas {
  const { database, redis, clock, log } = options;
  const stopping = new AbortController();
  const publish = createPublishEvent(redis);
  const notifications = openSagaNotifications({ redis, log });
  const engine = createSagaEngine({
    ...options,
    journal: options.journal ?? createJournal({ database, clock }),
    publish,
    notify: notifications.notify,
  });
  const reaction = {
    database,
    clock,
    notify: notifications.notify,
    async startTriggered(
      key: { tenantId: string; userId: string; sagaId: string },
      type: string,
      data: Record<string, unknown>,
    ) {
      const template = findTemplate(type);
      if (template === undefined) throw new Error(`there is no template ${type}`);
      const metadata = { trigger: template.trigger };
      await startFromTemplate(engine, {
        template,
        key,
        input: data,
        hasMoreFields: true,
        metadata,
        token: undefined,
      });
    },
  };
  let consuming: Promise<void> | undefined;
  return {
    engine,
    publish,
    start() {
      engine.start();
      notifications.subscribe(engine.wake);
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
      await consuming;
      await engine.close();
    },
  };
}
