import { join } from 'node:path';
import { Facts, Manifest } from '../evidence/facts.ts';
import { verifyEvidence } from '../evidence/verify-evidence.ts';
import { judge } from '../judge/judge.ts';
import type { Result } from '../judge/result.ts';
import { canonicalJson } from '../plan/canonical-json.ts';
import { Plan } from '../plan/plan.ts';
import { hashRunFiles, readStored, writeAtomically } from './run-folder.ts';

/**
 * Judges a run folder by its stored plan, facts and manifest alone, and writes `result.json`. The same folder
 * always gives the same bytes.
 * @throws ReadinessError: exit code 5 if a file differs from the manifest, 2 if a file cannot be read.
 */
export async function judgeRunFolder(runDir: string): Promise<Result> {
  const manifest = await readStored(join(runDir, 'manifest.json'), Manifest);
  verifyEvidence(manifest, await hashRunFiles(runDir));
  const plan = await readStored(join(runDir, 'plan.json'), Plan);
  const facts = await readStored(join(runDir, 'facts.json'), Facts);
  const result = judge(plan, facts, manifest);
  await writeAtomically(join(runDir, 'result.json'), canonicalJson(result));
  return result;
}
