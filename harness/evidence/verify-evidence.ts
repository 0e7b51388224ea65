import { type Problem, refuseOn } from '../plan/input-error.ts';
import type { Manifest } from './facts.ts';

/**
 * Compares the files of a run folder with the hashes in its manifest.
 * @param found SHA-256 (hexadecimal) of the existing files, by path relative to the run folder. Files that are not in
 * the manifest, e.g. reports, are ignored.
 * @throws ReadinessError `evidence-altered` (exit code 5) that names every missing or changed file.
 */
export function verifyEvidence(manifest: Manifest, found: Readonly<Record<string, string>>): void {
  const mend = 'Only unchanged files of the run are evidence; run again.';
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
 * Rejects evidence that is too old for a release.
 * @param options.at time of the decision
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
