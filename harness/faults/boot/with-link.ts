import type { StackPlan } from '../../runtime/runtime.ts';
import { peerVariable } from '../../runtime/stack/service-environment.ts';
import type { LinkChange, LinkEnd } from '../change.ts';
import { changeNode } from '../change-node.ts';
import { throughPort } from '../link/link-address.ts';
import type { Link } from '../link/open-link.ts';

const variables: Readonly<Partial<Record<LinkEnd, string>>> = {
  postgres: 'DATABASE_URL',
  redis: 'REDIS_URL',
  model: 'GEMINI_API_URL',
};

/**
 * The plan in which a service reaches one thing through a link. The link leads there once the service has started; it
 * leads nowhere when the service does not call that.
 */
export function withLink(
  stack: StackPlan,
  { from, to }: Pick<LinkChange, 'from' | 'to'>,
  link: Link,
): StackPlan {
  const variable = variables[to] ?? peerVariable(to);
  return changeNode(stack, from, ({ rewriteEnvironment }) => ({
    rewriteEnvironment: (environment) => {
      const changed = { ...(rewriteEnvironment?.(environment) ?? environment) };
      const url = changed[variable];
      if (url === undefined) return changed;
      const through = throughPort(url, link.port);
      link.leadTo(through.target);
      changed[variable] = through.url;
      return changed;
    },
  }));
}
