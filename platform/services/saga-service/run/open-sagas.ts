import { randomUUID } from 'node:crypto';
import { createPublishEvent, type PublishEvent } from '../../../kit/events/publish-event.ts';
import type { Log } from '../../../kit/observe/log.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import type { RedisStore } from '../../../kit/redis/redis.ts';
import type { Clock } from '../../../kit/service/clock.ts';
import { startFromTemplate } from '../api/start-saga.ts';
import { consumeEvents } from '../events/event-stream.ts';
import { openNews } from '../events/news.ts';
import { reactToEvent } from '../events/react-to-event.ts';
import { createJournal, type Journal } from '../store/journal.ts';
import { findTemplate } from '../templates/catalogue.ts';
import type { CallStep } from './call-step.ts';
import type { SagaMetrics } from './metrics.ts';
import { createSagaEngine, type SagaEngine } from './saga-engine.ts';

export interface SagasOptions {
  database: Database;
  redis: RedisStore;
  callStep: CallStep;
  clock: Clock;
  log: Log;
  metrics: SagaMetrics;
  maxConcurrent: number;
  maxPerTenant: number;
  /** Default the one in the database. */
  journal?: Journal;
}

export interface Sagas {
  engine: SagaEngine;
  publish: PublishEvent;
  /** Begins to follow events and to take over what other processes have left. */
  start(): void;
  close(): Promise<void>;
}

/** The sagas of this process with everything that moves them. Nothing happens before `start`. */
export function openSagas(options: SagasOptions): Sagas {
  const { database, redis, clock, log } = options;
  const stopping = new AbortController();
  const publish = createPublishEvent(redis);
  const news = openNews({ redis, log });
  const engine = createSagaEngine({
    ...options,
    journal: options.journal ?? createJournal({ database, clock }),
    publish,
    announce: news.announce,
  });
  const reaction = {
    database,
    clock,
    announce: news.announce,
    async startTriggered(
      key: { tenantId: string; userId: string; sagaId: string },
      type: string,
      data: Record<string, unknown>,
    ) {
      const template = findTemplate(type);
      if (template === undefined) throw new Error(`there is no template ${type}`);
      const metadata = { trigger: template.trigger };
      await startFromTemplate(engine, { template, key, input: data, metadata, token: undefined });
    },
  };
  let consuming: Promise<void> | undefined;
  return {
    engine,
    publish,
    start() {
      engine.start();
      news.follow(engine.wake);
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
