import type { CheckDefinition } from '../../../engine/check.ts';
import { ReadinessError } from '../../../errors/readiness-error.ts';
import { isBootChange, isPrivateChange } from '../../../faults/apply-changes.ts';
import type { Change } from '../../../faults/change.ts';
import type { StackAddition } from '../../../run/platform/stack-addition.ts';
import { type Part, partOf } from '../proofs/part.ts';
import type { Proof } from './proof.ts';

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
  const matching = checks.filter(
    (check) => patterns.length === 0 || patterns.some((pattern) => matches(check, pattern)),
  );
  return partOf(matching, part).flatMap((check) => [
    { check },
    ...(check.breaks ?? []).map((defect) => ({ check, defect })),
  ]);
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
  return changes.some((change) => !isBootChange(change) && !isPrivateChange(change));
}

/** Those that run side by side: checks of a platform that nobody has used before the others. */
export function earlyFirst(together: readonly Proof[]): Proof[] {
  return together.toSorted((a, b) => Number(b.check.early ?? false) - Number(a.check.early ?? false));
}

/** Those that run alone: exclusive ones before drills, the unbroken platform before breaks. */
export function inOrder(alone: readonly Proof[]): Proof[] {
  const rank = ({ check, defect }: Proof) =>
    Number(check.isolation?.includes('drill') ?? false) * 2 + Number(defect !== undefined);
  return alone.toSorted((a, b) => rank(a) - rank(b));
}
