import { describe, expect, it } from 'vitest';
import { reservedRoots } from '../api/check-steps.ts';
import { findStepRoute } from '../api/step-route.ts';
import { placeholderRoots } from '../run/placeholders.ts';
import { templates } from './catalogue.ts';

const steps = templates.flatMap((template) =>
  template.steps.map((step, index) => ({
    id: `${template.type}.${step.step_id}`,
    template,
    step,
    earlier: template.steps.slice(0, index).map(({ step_id }) => step_id),
  })),
);

describe('the templates', () => {
  it('have the names of the original platform', () => {
    const names = [
      'user_registration',
      'workspace_creation',
      'data_sync',
      'ai_analysis',
      'webhook_processing',
    ];
    expect(templates.map(({ type }) => type)).toEqual(expect.arrayContaining(names));
  });

  it.each(steps)('$id calls routes that exist, also to undo it', ({ step }) => {
    const trusted = step.trusted === true;
    expect(findStepRoute(step, { trusted })).toHaveProperty('route');
    if (step.compensation_action === undefined) return;
    const compensation = { service: step.service, action: step.compensation_action };
    expect(findStepRoute(compensation, { trusted })).toHaveProperty('route');
  });

  it.each(steps)('$id names earlier steps and fields of the input only', ({ template, step, earlier }) => {
    const known = new Set([...earlier, 'input', 'saga']);
    expect([...placeholderRoots(step.payload)].filter((root) => !known.has(root))).toEqual([]);
    const undoing = new Set([...known, 'result']);
    expect([...placeholderRoots(step.compensation_payload)].filter((root) => !undoing.has(root))).toEqual([]);
    expect(reservedRoots).not.toContain(step.step_id);
    const named = JSON.stringify(step).matchAll(/\$\{input\.(\w+)/g);
    for (const [, field] of named) expect(Object.keys(template.input.shape)).toContain(field);
  });

  it.each(templates.filter(({ trigger }) => trigger))(
    '$type needs no token when an event starts it',
    (template) => {
      for (const step of template.steps) expect(step.trusted).toBe(true);
    },
  );
});
