import { describe, expect, it } from 'vitest';
import { registrationScopes } from '../../../contracts/platform-services/grants.ts';
import { reservedRoots } from '../api/check-steps.ts';
import { placeholderRoots } from '../steps/placeholders.ts';
import { scopesOfSaga } from '../steps/saga-scopes.ts';
import { findStepRoute } from '../steps/step-route.ts';
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
  it('include the template names of the original platform', () => {
    const names = [
      'user_registration',
      'workspace_creation',
      'data_sync',
      'ai_analysis',
      'webhook_processing',
      'airtable_integration',
      'workflow_execution',
    ];
    expect(templates.map(({ type }) => type)).toEqual(expect.arrayContaining(names));
  });

  it.each(steps)('$id calls existing routes, also for its compensation', ({ step }) => {
    const trusted = step.trusted === true;
    expect(findStepRoute(step, { trusted })).toHaveProperty('route');
    if (step.compensation_action === undefined) return;
    const compensation = { service: step.service, action: step.compensation_action };
    expect(findStepRoute(compensation, { trusted })).toHaveProperty('route');
  });

  it.each(steps)(
    '$id refers only to earlier steps and fields of the input',
    ({ template, step, earlier }) => {
      const known = new Set([...earlier, 'input', 'saga']);
      expect([...placeholderRoots(step.payload)].filter((root) => !known.has(root))).toEqual([]);
      const forUndo = new Set([...known, 'result']);
      expect([...placeholderRoots(step.compensation_payload)].filter((root) => !forUndo.has(root))).toEqual(
        [],
      );
      expect(reservedRoots).not.toContain(step.step_id);
      expect([...placeholderRoots(step.when)].filter((root) => !known.has(root))).toEqual([]);
      const inputs = JSON.stringify(step).matchAll(/\$\{input\.(\w+)/g);
      for (const [, field] of inputs) expect(Object.keys(template.input.shape)).toContain(field);
    },
  );

  it('are started by different events, since the grant of an event goes with its saga', () => {
    const triggers = templates.flatMap(({ trigger }) => trigger ?? []);
    expect(new Set(triggers).size).toBe(triggers.length);
  });

  it.each(templates.filter(({ trigger }) => trigger))(
    '$type needs no more than the grant of a registration, as an event starts it',
    (template) => {
      const { scopes = [], compensationScopes = [] } = scopesOfSaga(template.steps) ?? {};
      expect(registrationScopes.run).toEqual(expect.arrayContaining(scopes));
      expect(registrationScopes.compensation).toEqual(expect.arrayContaining(compensationScopes));
    },
  );
});
