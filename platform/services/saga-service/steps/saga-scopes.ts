import { scopesOfTools } from '../../../contracts/mcp-server/tool-scopes.ts';
import { delegatedScopeOf } from '../../../contracts/token-scope.ts';
import type { StepDefinition } from './step-definition.ts';
import { findStepRoute } from './step-route.ts';
import { undoesCreation } from './undoes-creation.ts';

/** What the grant of a saga allows. */
export interface SagaScopes {
  /** Scopes of all calls that act for the user. */
  scopes: string[];
  /** Of these, scopes with which the owner of the workspace may stand in. */
  compensationScopes: string[];
}

/** Routes that call tools in the name of the caller, which need the scopes of the tools. */
const toolRoutes: ReadonlySet<string> = new Set([
  'llm-orchestrator.chat',
  'llm-orchestrator.executeTool',
  'mcp-server.callTool',
  'mcp-server.rpc',
]);

function scopesOf(service: string, action: string): string[] {
  const found = findStepRoute({ service, action }, { trusted: false });
  if ('reason' in found) return [];
  const scope = delegatedScopeOf(found.route);
  return [
    ...(scope === undefined || scope === 'any' ? [] : [scope]),
    ...(toolRoutes.has(`${service}.${action}`) ? scopesOfTools : []),
  ];
}

/**
 * The scopes that the steps of a saga need, exactly: those of the routes that they name.
 * @returns undefined when no step acts for the user
 */
export function scopesOfSaga(steps: readonly StepDefinition[]): SagaScopes | undefined {
  const own = steps.filter((step) => step.trusted !== true);
  if (own.length === 0) return undefined;
  const undo = (step: StepDefinition) =>
    step.compensation_action === undefined ? [] : scopesOf(step.service, step.compensation_action);
  return {
    scopes: [...new Set(own.flatMap((step) => [...scopesOf(step.service, step.action), ...undo(step)]))],
    compensationScopes: [...new Set(own.filter(undoesCreation).flatMap(undo))],
  };
}
