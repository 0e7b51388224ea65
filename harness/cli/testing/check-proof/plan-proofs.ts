import type { CheckDefinition } from '../../../engine/check.ts';
import { ReadinessError } from '../../../errors/readiness-error.ts';
import { isBootChange, isCheckoutChange, isPrivateChange } from '../../../faults/apply-changes.ts';
import type { Change } from '../../../faults/change.ts';
import type { StackAddition } from '../../../run/platform/stack-addition.ts';
import type { Proof } from './proof.ts';

/** One of several parts of all checks, counted from 1. */
export interface Part {
  index: number;
  of: number;
}

const dayMs = 86_400_000;

/**
 * Parses `3/7`, or `date/7`: the part of the day, so that seven days prove everything.
 * @throws ReadinessError (exit code 2)
 */
export function parsePart(text: string, now: Date): Part {
  const [, number = '', count = ''] = /^(date|\d+)\/(\d+)$/.exec(text) ?? [];
  const of = Number(count);
  const index = number === 'date' ? (Math.floor(now.getTime() / dayMs) % of) + 1 : Number(number);
  if (number === '' || of < 1 || index < 1 || index > of)
    throw new ReadinessError('setting-invalid', `--part ${text} is no part.`, {
      hint: 'Use e.g. 3/7 or date/7.',
    });
  return { index, of };
}

/**
 * The checks that match a pattern, and of these the part. A pattern is an id, the first segments of one, or a category.
 * @throws ReadinessError (exit code 2) for a pattern that matches nothing
 */
export function selectProofs(
  checks: readonly CheckDefinition[],
  { patterns, part }: { patterns: readonly string[]; part?: Part | undefined },
): Proof[] {
  const matches = ({ id }: CheckDefinition, pattern: string) =>
    id === pattern || id.startsWith(`${pattern}.`);
  const unknown = patterns.find((pattern) => !checks.some((check) => matches(check, pattern)));
  if (unknown !== undefined) {
    throw new ReadinessError('check-unknown', `No check matches "${unknown}".`, {
      hint: 'Use an id, the first segments of one, or a category. All: npm run readiness -- plan',
    });
  }
  return checks
    .filter((check) => patterns.length === 0 || patterns.some((pattern) => matches(check, pattern)))
    .filter((_check, index) => part === undefined || index % part.of === part.index - 1)
    .flatMap((check) => [{ check }, ...(check.breaks ?? []).map((defect) => ({ check, defect }))]);
}

/** Proofs that share one booted platform. */
export interface ProofGroup {
  with: readonly StackAddition[];
  /** The platform boots with these of the environment and of the source. */
  changes: readonly Change[];
  proofs: readonly Proof[];
}

/** Groups proofs by what they boot. The first group boots the platform as it is. */
export function groupProofs(proofs: readonly Proof[]): ProofGroup[] {
  const groups = new Map<string, ProofGroup & { proofs: Proof[] }>();
  for (const [index, proof] of proofs.entries()) {
    const changes = (proof.defect?.changes ?? []).filter(isBootChange);
    const additions = additionsFor(proof.check);
    // A second server can take over once.
    const own = additions.includes('high-availability') ? index : undefined;
    const key = JSON.stringify([additions, changes, own]);
    const group = groups.get(key) ?? { with: additions, changes, proofs: [] };
    groups.set(key, group);
    group.proofs.push(proof);
  }
  const boots = ({ with: additions, changes }: ProofGroup) => additions.length + changes.length > 0;
  return [...groups.values()].sort((a, b) => Number(boots(a)) - Number(boots(b)));
}

function additionsFor({ requires = [] }: CheckDefinition): StackAddition[] {
  return (['high-availability', 'monitoring'] as const).filter((addition) => requires.includes(addition));
}

/** Whether others on the platform notice the proof: then it runs alone. */
export function runsAlone({ check, defect }: Proof): boolean {
  return (check.isolation ?? 'shared') !== 'shared' || changesNodes(defect?.changes ?? []);
}

/** Whether something of the booted platform itself is changed. */
export function changesNodes(changes: readonly Change[]): boolean {
  return changes.some(
    (change) => !isBootChange(change) && !isPrivateChange(change) && !isCheckoutChange(change),
  );
}

/** Those that run alone: exclusive ones before drills, the unbroken platform before breaks. */
export function inOrder(alone: readonly Proof[]): Proof[] {
  const rank = ({ check, defect }: Proof) =>
    Number(check.isolation?.includes('drill') ?? false) * 2 + Number(defect !== undefined);
  return alone.toSorted((a, b) => rank(a) - rank(b));
}
