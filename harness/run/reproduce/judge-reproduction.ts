import type { BiteResult } from '../../faults/bite/bite.ts';
import type { Injection } from '../../faults/fault.ts';
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
  /** Where the symptom was seen, and the text; absent if it was not. */
  symptom?: { where: string; text: string };
}

/** Compares a run under a fault with what the fault declares. */
export function judgeReproduction(
  { fault, service }: Injection,
  { bite, result }: { bite: BiteResult | undefined; result: Result },
): Reproduction {
  const { red, green, root = red[0] } = fault.in(service);
  const symptom = bite && findSymptom(fault.symptom, bite, result);
  const end = (state: ReproductionState, explanation: string): Reproduction => ({
    state,
    explanation,
    ...(symptom ? { symptom } : {}),
  });
  if (!bite) return end('harness-failure', result.harnessErrors.join(' ') || 'The platform did not boot.');
  if (!bite.bit) return end('no-bite', `The fault did not take hold: ${bite.seen}`);
  if (result.harnessErrors.length > 0) return end('harness-failure', result.harnessErrors.join(' '));
  const checkOf = (id: string) => result.checks.find((check) => check.id === id);
  const lacking = [...red, ...green]
    .map(checkOf)
    .find((check) => check?.shortfall?.kind === 'missing-capability');
  if (lacking) return end('unproven', `${lacking.id}: ${lacking.explanation}`);
  const notRed = red.filter((id) => standing(checkOf(id)) !== 'fails');
  if (notRed.length > 0) return end('missed', `${notRed.join(', ')} did not fail.`);
  const [first] = result.blockers;
  if (first?.root !== root)
    return end('other-cause', `The first root cause is ${first?.root ?? 'none'}, and must be ${root}.`);
  const notGreen = green.filter((id) => standing(checkOf(id)) !== 'passes');
  if (notGreen.length > 0) return end('collateral', `${notGreen.join(', ')} did not pass.`);
  if (!symptom) return end('no-symptom', `Nothing shows ${fault.symptom}.`);
  return end(
    'caught',
    `${red.length === 1 ? 'The check fails' : 'The checks fail'} that must: ${red.join(', ')}.`,
  );
}

function standing(check: Result['checks'][number] | undefined) {
  return check === undefined ? undefined : standingOf(check);
}

function findSymptom(symptom: RegExp, bite: BiteResult, { boot, blockers }: Result): Reproduction['symptom'] {
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
