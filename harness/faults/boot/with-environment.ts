import type { StackPlan } from '../../runtime/runtime.ts';
import type { EnvironmentChange } from '../change.ts';
import { changeNode } from '../change-node.ts';

/** The plan with changed environment variables of one service. They override those of the runtime. */
export function withEnvironment(stack: StackPlan, { service, set }: EnvironmentChange): StackPlan {
  return changeNode(stack, service, ({ rewriteEnvironment }) => ({
    rewriteEnvironment: (environment) => {
      const changed: Record<string, string> = { ...(rewriteEnvironment?.(environment) ?? environment) };
      for (const [name, value] of Object.entries(set)) {
        if (value === undefined) delete changed[name];
        else changed[name] = value;
      }
      return changed;
    },
  }));
}
