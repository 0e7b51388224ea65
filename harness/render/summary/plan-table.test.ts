import { describe, expect, it } from 'vitest';
import { displayWidth } from '../terminal/text-width.ts';
import { samplePlan } from '../testing/sample-plan.ts';
import { planTable } from './plan-table.ts';

describe('planTable', () => {
  it('lists every check under its category, even deselected ones', () => {
    expect(planTable(samplePlan())).toMatchInlineSnapshot(`
      "3 checks · 1 deselected (they count as unmeasured) · runtime process · seed 42

      Authentication, 80 % of the score
        Check                         Weight  Severity  Needs  Requires
        auth.login.valid-credentials       2  blocker       1  –
        auth.login.wrong-password          1  blocker       –  –         deselected

      Frontend, 20 % of the score
        Check                   Weight  Severity  Needs  Requires
        frontend.offline.works       2  blocker       1  browser   not applicable
      "
    `);
  });

  it('fits a narrow terminal', () => {
    const text = planTable(samplePlan(), { columns: 50, rows: 24, colour: false, interactive: false });
    for (const line of text.split('\n').slice(1)) expect(displayWidth(line)).toBeLessThanOrEqual(50);
  });

  it('marks a category without checks', () => {
    expect(planTable({ ...samplePlan(), checks: [] })).toContain('no checks');
  });
});
