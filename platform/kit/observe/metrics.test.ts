import { Gauge } from 'prom-client';
import { expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';

it('names no gauge like a counter, and keeps all other metrics', async () => {
  const metrics = createMetrics('gateway');
  new Gauge({ name: 'active_things', help: 'Things', registers: [metrics.registry] }).set(3);
  const text = await metrics.render();
  const gauges = [...text.matchAll(/^# TYPE (\S+) gauge$/gm)].map(([, name]) => name);
  expect(gauges.filter((name) => name?.endsWith('_total'))).toEqual([]);
  expect(gauges).toContain('nodejs_active_resources');
  expect(text).toContain('active_things{service="gateway"} 3');
  expect(text).toContain('# TYPE process_cpu_seconds_total counter');
  expect(text).not.toMatch(/nodejs_active_\w+_total/);
  expect(text).toMatch(/^process_open_fds\{service="gateway"\} [1-9]/m);
});
