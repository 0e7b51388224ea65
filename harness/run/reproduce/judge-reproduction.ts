import type { BiteResult } from '../../faults/bite/bite.ts';
import { declaredOf, type Injection } from '../../faults/fault.ts';
import type { Result } from '../../judge/result.ts';
import { standingOf } from '../../judge/standing.ts';

/**
 * How a fault was met. `caught`: the right checks fail, with the right root cause first, and the others pass.
 * `missed`: a check that must fail does not. `other-cause`: another root cause is first. `collateral`: a check fails
 * that the fault does not concern. `no-bite`: the fault did not take hold. `unproven`: this machine or runtime cannot
 * inject or measure it.
 */
export type ReproductionState =
  | 'caught'
  | 'missed'
  | 'other-cause'
  | 'collateral'
  | 'no-symptom'
  | 'no-bite'
  | 'unproven'
  | 'harness-failure';

export interface Reproduction {
  state: ReproductionState;
  /** One sentence for the reader. */
  explanation: string;
  /** Where the symptom of each fault was seen, and the text, in the order of the faults; undefined if it was not. */
  symptoms: readonly (SeenSymptom | undefined)[];
}

export interface SeenSymptom {
  where: string;
  text: string;
}

/**
 * Compares a run under one fault, or several at once, with what the faults declare.
 * @param seen.bites what was seen of each fault, in their order; fewer when the platform did not boot
 */
export function judgeReproduction(
  injections: readonly Injection[],
  { bites, result }: { bites: readonly BiteResult[]; result: Result },
): Reproduction {
  const { red, green, roots } = declaredOf(injections);
  const symptoms = injections.map(({ fault }, index) => {
    const bite = bites[index];
    return bite && findSymptom(fault.symptom, bite, result);
  });
  const end = (state: ReproductionState, explanation: string): Reproduction => ({
    state,
    explanation,
    symptoms,
  });
  if (bites.length < injections.length)
    return end('harness-failure', result.harnessErrors.join(' ') || 'The platform did not boot.');
  const unbitten = bites.find(({ bit }) => !bit);
  if (unbitten) return end('no-bite', `The fault did not take hold: ${unbitten.seen}`);
  if (result.harnessErrors.length > 0) return end('harness-failure', result.harnessErrors.join(' '));
  const checkOf = (id: string) => result.checks.find((check) => check.id === id);
  const lacking = [...red, ...green]
    .map(checkOf)
    .find((check) => check?.shortfall?.kind === 'missing-capability');
  if (lacking) return end('unproven', `${lacking.id}: ${lacking.explanation}`);
  const notRed = red.filter((id) => standing(checkOf(id)) !== 'fails');
  if (notRed.length > 0) return end('missed', `${notRed.join(', ')} did not fail.`);
  const first = result.blockers.slice(0, roots.length).map(({ root }) => root);
  if (roots.some((root) => !first.includes(root))) return end('other-cause', otherCause(first, roots));
  const notGreen = green.filter((id) => standing(checkOf(id)) !== 'passes');
  if (notGreen.length > 0) return end('collateral', `${notGreen.join(', ')} did not pass.`);
  const silent = injections.find((_, index) => symptoms[index] === undefined);
  if (silent) return end('no-symptom', `Nothing shows ${silent.fault.symptom}.`);
  return end(
    'caught',
    `${red.length === 1 ? 'The check fails' : 'The checks fail'} that must: ${red.join(', ')}.`,
  );
}

function otherCause(first: readonly string[], roots: readonly string[]): string {
  const seen = first.join(', ') || 'none';
  return roots.length === 1
    ? `The first root cause is ${seen}, and must be ${roots[0]}.`
    : `The first root causes are ${seen}, and must be ${roots.join(' and ')}.`;
}

function standing(check: Result['checks'][number] | undefined) {
  return check === undefined ? undefined : standingOf(check);
}

function findSymptom(symptom: RegExp, bite: BiteResult, { boot, blockers }: Result): SeenSymptom | undefined {
  const texts = [
    ...boot.flatMap(({ node, failure }) =>
      failure
        ? [failure.lastProbe ?? '', failure.cause, ...failure.logs.map(({ text }) => text)].map((text) => ({
            where: node,
            text,
          }))
        : [],
    ),
    ...blockers.flatMap(({ root, cause, logs }) => [
      ...logs.map(({ service, text }) => ({ where: service, text })),
      { where: root, text: cause },
    ]),
    { where: 'probe', text: bite.seen },
  ];
  return texts.find(({ text }) => symptom.test(text));
}
