import { type Problem, refuseOn } from '../plan/input-error.ts';
import type { Manifest } from './facts.ts';

/**
 * Holds the files of a run folder against the hashes its manifest took when they were written.
 * @param found SHA-256 (hexadecimal) by path below the run folder, for every file that is there and that
 * the manifest names; paths the manifest does not name are reports and are not looked at
 * @throws ReadinessError `evidence-altered` (exit code 5) that names every missing or changed file.
 */
export function verifyEvidence(manifest: Manifest, found: Readonly<Record<string, string>>): void {
  const mend = 'Only the files as the run wrote them are evidence; run again.';
  const problems: Problem[] = Object.entries(manifest.files)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .flatMap(([path, expected]) => {
      const actual = Object.hasOwn(found, path) ? found[path] : undefined;
      if (actual === expected) return [];
      return [{ what: actual === undefined ? `${path} is missing.` : `${path} was changed.`, mend }];
    });
  refuseOn(problems, {
    code: 'evidence-altered',
    subject: `The evidence of run ${manifest.runId}`,
  });
}

/**
 * Refuses evidence that is too old to release on.
 * @param options.at the moment of the decision
 * @throws ReadinessError `evidence-stale` (exit code 5).
 */
export function verifyFreshness(options: { manifest: Manifest; freshnessHours: number; at: Date }): void {
  const { manifest, freshnessHours, at } = options;
  const hours = (at.getTime() - Date.parse(manifest.startedAt)) / 3_600_000;
  if (hours >= 0 && hours <= freshnessHours) return;
  const age = hours < 0 ? 'starts in the future' : `is ${Math.floor(hours)} hours old`;
  refuseOn([{ what: `it ${age}; evidence is fresh for ${freshnessHours} hours.`, mend: 'Run again.' }], {
    code: 'evidence-stale',
    subject: `The evidence of run ${manifest.runId}`,
  });
}
