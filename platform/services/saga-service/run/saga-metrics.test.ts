import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { createSagaMetrics } from './saga-metrics.ts';

it('exports every counter with 0 before the first saga ends', async () => {
  const registry = new Registry();
  createSagaMetrics(registry).active(0);
  const text = await registry.metrics();
  for (const status of ['completed', 'compensated', 'compensation_failed', 'failed', 'timeout'])
    expect(text).toContain(`saga_transactions_total{status="${status}"} 0`);
  expect(text).toContain('saga_compensations_total{status="compensation_failed"} 0');
  expect(text).toContain('saga_duration_seconds_count{status="completed"} 0');
});
