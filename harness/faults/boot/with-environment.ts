import type { StackPlan } from '../../runtime/runtime.ts';
import type { EnvironmentChange } from '../change.ts';
import { changeNode } from '../change-node.ts';

/** The plan with changed environment variables of one service. They override those of the runtime. */
export function withEnvironment(stack: StackPlan, { service, set }: EnvironmentChange): StackPlan {
  return changeNode(stack, service, ({ rewriteEnvironment }) => ({
    rewriteEnvironment: (environment) => {
      const before = rewriteEnvironment?.(environment) ?? environment;
      const changed: Record<string, string> = { ...before };
      for (const [name, given] of Object.entries(set)) {
        const value = typeof given === 'function' ? given(before) : given;
        if (value === undefined) delete changed[name];
        else changed[name] = value;
      }
      return changed;
    },
  }));
}
