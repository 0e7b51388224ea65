import { type LoadPlan, stepName } from './load-plan.ts';

/** The evidence of a load: what was sent, without tokens and bodies, and the figures. */
export function loadRecord(plan: LoadPlan, figures: unknown): string {
  const { name, model, flows } = plan;
  const record = {
    name,
    model,
    flows: flows.map((flow) => ({
      name: flow.name,
      weight: flow.weight,
      steps: flow.steps.map((step) => ({
        service: step.service,
        name: stepName(step),
        expectedStatuses: step.expectedStatuses,
      })),
    })),
    figures,
  };
  return `${JSON.stringify(record, null, 2)}\n`;
}
