import type { CheckResult, Result } from '../judge/result.ts';
import { componentNamed } from './find-component.ts';
import type { Component, Observation } from './observation.ts';

/** What a judged run has shown: nodes that did not boot or ended, and checks that fail, with those that they block. */
export function observationsOf(result: Result, components: readonly Component[]): Observation[] {
  const checks = new Map(result.checks.map((check) => [check.id, check]));
  return [
    ...result.boot.flatMap(({ node, failure }): Observation[] =>
      failure === undefined
        ? []
        : [
            {
              kind: 'failure',
              component: node,
              place: `boot of ${node}`,
              text: [failure.cause, failure.lastProbe ?? '', ...failure.logs.map(({ text }) => text)].join(
                ' ',
              ),
            },
          ],
    ),
    ...result.checks.flatMap((check): Observation[] => {
      const root = check.blockedBy === undefined ? check : checks.get(check.blockedBy);
      if (!root || !['fail', 'blocked', 'error'].includes(check.outcome)) return [];
      const component = componentOf(root, components);
      return [
        {
          kind: 'failure',
          ...(component ? { component } : {}),
          place: check.id,
          text: [root.explanation, ...root.logs.map(({ text }) => text)].join(' '),
        },
      ];
    }),
  ];
}

/** The service that a check is about, by its id; undefined for one that is about several. */
function componentOf({ id }: CheckResult, components: readonly Component[]): string | undefined {
  const [, second = ''] = id.split('.');
  return componentNamed(second, components) ?? componentNamed(id.split('.')[0] ?? '', components);
}
