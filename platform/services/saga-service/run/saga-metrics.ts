import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { SagaStatus } from '../../../contracts/saga-service/sagas.ts';

export interface SagaMetrics {
  /** Counts a saga that reached a terminal state, this many seconds after it was stored. */
  finished(status: SagaStatus, seconds: number): void;
  /** Sets the number of sagas that run or wait in this process. */
  active(count: number): void;
}

/** Bucket bounds, seconds: from one fast step to the longest saga. */
const buckets = [0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14_400];

export function createSagaMetrics(registry: Registry): SagaMetrics {
  const transactions = new Counter({
    name: 'saga_transactions_total',
    help: 'Sagas that have ended',
    labelNames: ['status'],
    registers: [registry],
  });
  const compensations = new Counter({
    name: 'saga_compensations_total',
    help: 'Sagas whose compensation has ended',
    labelNames: ['status'],
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'saga_duration_seconds',
    help: 'Time from the start of a saga to its end',
    labelNames: ['status'],
    buckets,
    registers: [registry],
  });
  const gauge = new Gauge({
    name: 'active_sagas',
    help: 'Sagas that run or wait in this process',
    registers: [registry],
  });
  // From the start, because a query for a counter that does not exist yet has no data instead of 0.
  for (const status of ['completed', 'compensated', 'compensation_failed', 'failed', 'timeout'] as const) {
    transactions.inc({ status }, 0);
    durations.zero({ status });
  }
  for (const status of ['compensated', 'compensation_failed'] as const) compensations.inc({ status }, 0);
  return {
    finished(status, seconds) {
      transactions.inc({ status });
      durations.observe({ status }, seconds);
      if (status === 'compensated' || status === 'compensation_failed') compensations.inc({ status });
    },
    active: (count) => gauge.set(count),
  };
}
