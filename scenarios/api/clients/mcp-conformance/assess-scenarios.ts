import type { ConformanceScenario } from '../../../../harness/engine/index.ts';
import type { Exclusion } from './applying-scenarios.ts';

/** Every scenario has this check of its messages, whether it reached its subject or not. */
const everywhere = 'wire-schema-valid';

const namesOf = (exclusions: readonly Exclusion[]): Set<string> =>
  new Set(exclusions.flatMap(([, names]) => names));

export interface Assessment {
  /** Number of applying scenarios that passed at least one check of their subject. */
  measured: number;
  /** Failed checks of the applying scenarios, without the excluded ones. */
  failed: string[];
  /** Scenarios that no list names, and excluded checks that pass or are gone: the lists need an update. */
  outdated: string[];
}

/**
 * Compares the results of the suite with the lists.
 * @throws Error when an applying scenario is missing or has no result for its subject: it then proves nothing.
 */
export function assessScenarios(
  scenarios: readonly ConformanceScenario[],
  applying: Readonly<Record<string, readonly Exclusion[]>>,
  others: readonly Exclusion[],
): Assessment {
  const assessment: Assessment = { measured: 0, failed: [], outdated: [] };
  const listed = namesOf(others);
  for (const { name } of scenarios)
    if (!Object.hasOwn(applying, name) && !listed.has(name)) assessment.outdated.push(name);
  for (const [name, exclusions] of Object.entries(applying)) {
    const checks = scenarios.find((scenario) => scenario.name === name)?.checks ?? [];
    const excluded = namesOf(exclusions);
    const counted = checks.filter(({ id }) => !excluded.has(id));
    const decided = counted.filter(({ status }) => status === 'SUCCESS' || status === 'FAILURE');
    if (!decided.some(({ id }) => id !== everywhere))
      throw new Error(`The conformance scenario ${name} reported no result.`);
    const failures = counted.filter(({ status }) => status === 'FAILURE');
    assessment.failed.push(...failures.map(({ id, message }) => `${name}: ${id}: ${message}`.slice(0, 300)));
    if (decided.some(({ id, status }) => status === 'SUCCESS' && id !== everywhere)) assessment.measured += 1;
    for (const id of excluded) {
      if (!checks.some((check) => check.id === id && check.status === 'FAILURE'))
        assessment.outdated.push(`${name}: ${id}`);
    }
  }
  return assessment;
}
