// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of steps
import { scriptedMessage } from '../../../harness/engine/index.ts';
import { sagaCheck } from './saga.ts';

/** What all checks of sagas that use the model have in common. */
export const withModel = {
  ...sagaCheck,
  needs: [...sagaCheck.needs, 'services.llm-orchestrator.available'],
  services: [...sagaCheck.services, 'llm-orchestrator', 'mcp-server'],
  requires: ['model-server'],
} as const;

/** How to fix sagas that run their steps wrongly. */
export const remediation = {
  text: 'run/run-steps.ts of saga-service decides which steps run. GET /saga/{id}/events has what happened.',
  effort: 'days',
} as const;

/** A step that takes a while and results in a text. */
export const slowChat = (step_id: string, delayMs: number) => ({
  step_id,
  service: 'llm-orchestrator',
  action: 'chat',
  payload: { body: { message: scriptedMessage(step_id, { replies: [{ text: step_id, delayMs }] }) } },
});
