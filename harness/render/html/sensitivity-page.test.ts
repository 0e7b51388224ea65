import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Sensitivity } from '../../judge/sensitivity/sensitivity.ts';
import { renderSensitivity } from './sensitivity-page.ts';

const templates = join(import.meta.dirname, '../../../reports/templates');
const page = (change: Partial<Sensitivity> = {}) =>
  renderSensitivity(
    {
      schema: 'readiness.sensitivity/2',
      at: '2025-08-07T12:00:00.000Z',
      sources: 'abcdef0123456789',
      results: [
        { state: 'green', seen: '3 checks pass.', bite: '', declared: [], outcomes: {}, tookMs: 1 },
        {
          fault: 'redis.evicts=gateway',
          state: 'caught',
          seen: 'The check fails.',
          bite: '<allkeys-lru>',
          root: 'a.red',
          declared: ['a.red'],
          outcomes: { 'a.red': 'fail', 'b.also': 'fail', 'c.green': 'pass', 'd.blocked': 'blocked' },
          tookMs: 9_512,
        },
      ],
      caught: 1,
      proved: 1,
      notRun: ['gateway.down=gateway'],
      checks: [
        { id: 'a.red', by: 'fault', what: ['redis.evicts=gateway'] },
        { id: 'b.also', by: 'fault', what: ['redis.evicts=gateway'] },
        { id: 'e.never', by: 'nothing', what: [] },
      ],
      durationMs: 10_000,
      ...change,
    },
    {
      html: readFileSync(join(templates, 'sensitivity.html.hbs'), 'utf8'),
      css: readFileSync(join(templates, 'sensitivity.css'), 'utf8'),
    },
  );

it('shows the share, each fault with its proof, and the matrix', () => {
  const html = page();
  expect(html).toContain('The gate catches 100 % of 1 faults');
  expect(html).toContain('3 checks pass.');
  expect(html).toMatch(/class="caught" title="redis\.evicts&#x3D;gateway, a\.red: fails as declared">✗/);
  expect(html).toMatch(/class="red" title="redis\.evicts&#x3D;gateway, b\.also: fails too">×/);
  expect(html).toContain('gateway.down&#x3D;gateway');
  expect(html).toMatch(/<code>e\.never<\/code><\/th><td><span class="pill bad">nothing yet/);
});

it('never takes what was seen for markup, and loads nothing', () => {
  const html = page();
  expect(html).toContain('&lt;allkeys-lru&gt;');
  expect(html).not.toMatch(/<script|src=|@import|https?:\/\//);
});
