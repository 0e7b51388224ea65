import type { CheckResult, Result } from '../judge/result.ts';
import { componentNamed } from './find-component.ts';
import type { Component, Observation } from './observation.ts';

/** What a judged run has shown: nodes that did not boot or ended, and checks that fail, with those that they block. */
export function observationsOf(result: Result, components: readonly Component[]): Observation[] {
  const checks = new Map(result.checks.map((check) => [check.id, check]));
  const shownBy = new Map<CheckResult, Pick<Observation, 'component' | 'text'>>();
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
      // The checks that one root blocks share its text, so that it is read once.
      const shown = shownBy.get(root) ?? showing(root, components);
      shownBy.set(root, shown);
      return [{ kind: 'failure', ...shown, place: check.id }];
    }),
  ];
}

function showing(
  root: CheckResult,
  components: readonly Component[],
): Pick<Observation, 'component' | 'text'> {
  const component = componentOf(root, components);
  const text = [root.explanation, ...root.logs.map((line) => line.text)].join(' ');
  return { ...(component ? { component } : {}), text };
}

/** The service that a check is about, by its id; undefined for one that is about several. */
function componentOf({ id }: CheckResult, components: readonly Component[]): string | undefined {
  const [, second = ''] = id.split('.');
  return componentNamed(second, components) ?? componentNamed(id.split('.')[0] ?? '', components);
}
