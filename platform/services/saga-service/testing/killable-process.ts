import { randomUUID } from 'node:crypto';
import { createLog } from '../../../kit/observe/log.ts';
import { createMetrics } from '../../../kit/observe/metrics.ts';
import { openDatabase } from '../../../kit/postgres/database.ts';
import { openRedis } from '../../../kit/redis/redis.ts';
import { systemClock } from '../../../kit/service/clock.ts';
import { openSagas } from '../open-sagas.ts';
import { createSagaMetrics } from '../run/saga-metrics.ts';
import { createJournal, type Journal } from '../store/journal.ts';
import { findTemplate } from '../templates/catalogue.ts';
import { startFromTemplate } from '../templates/start-from-template.ts';
import { callerOf } from './saga-fixture.ts';

/**
 * A process that runs one saga and hangs right after a step is recorded as completed, so that the test can kill it at
 * that moment. The first argument is the task as JSON.
 */
interface Task {
  databaseUrl: string;
  redisUrl: string;
  targetUrl: string;
  sagaId: string;
  tenantId: string;
  userId: string;
  token: string;
  /** The step after whose commit it hangs. */
  stopAfter: string;
  /** A template with its input, or steps. */
  template?: { type: string; input: Record<string, unknown> };
  // biome-ignore lint/suspicious/noExplicitAny: steps as a caller sends them, with their defaults
  steps?: any[];
}

const task = JSON.parse(process.argv[2] ?? '{}') as Task;
const log = createLog({ service: 'killable', level: 'silent' });
const database = openDatabase({ url: task.databaseUrl, log });
const redis = openRedis({ url: task.redisUrl, log });
const journal = createJournal({ database, clock: systemClock });
const hangingJournal: Journal = {
  ...journal,
  async record(lease, entry) {
    const result = await journal.record(lease, entry);
    if (entry.event.type === 'step_completed' && entry.event.data.step_id === task.stopAfter) {
      process.stdout.write('committed\n');
      await new Promise(() => undefined);
    }
    return result;
  },
};
const sagas = openSagas({
  database,
  redis,
  callStep: callerOf(task.targetUrl),
  clock: systemClock,
  log,
  metrics: createSagaMetrics(createMetrics('saga-service').registry),
  maxConcurrent: 10,
  maxPerTenant: 10,
  journal: hangingJournal,
});
const key = { tenantId: task.tenantId, userId: task.userId, sagaId: task.sagaId ?? randomUUID() };
if (task.template) {
  const template = findTemplate(task.template.type);
  if (template === undefined) throw new Error(`no template ${task.template.type}`);
  const { token } = task;
  await startFromTemplate(sagas.engine, { template, key, input: task.template.input, metadata: {}, token });
} else {
  const definition = {
    type: null,
    pattern: 'orchestration' as const,
    steps: task.steps ?? [],
    timeout: 3600,
  };
  await sagas.engine.begin({ ...key, definition, input: {}, metadata: {} }, { token: task.token, input: {} });
}
