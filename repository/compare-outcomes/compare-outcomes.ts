import type { CheckResult, Result } from '../../harness/judge/result.ts';
import { pythonTools } from '../../harness/plan/tool-name.ts';

/** One check in every compared run. */
export interface ComparedCheck {
  id: string;
  /** By run, e.g. `pass`, or `unmeasured: many-source-addresses`; `not planned` where the run has no such check. */
  outcomes: string[];
  /** `difference`: the outcomes differ for another reason than a capability that a runtime lacks. */
  comparison: 'same' | 'declared' | 'difference';
}

/** Tools of the machine. A runtime does not provide them, so they explain no difference between two runtimes. */
const tools: ReadonlySet<string> = new Set([
  'browser',
  'k6',
  'mcp-conformance',
  'promtool',
  'language-model',
  ...pythonTools,
]);

/** Compares the outcomes of the same checks in several runs, sorted by id. */
export function compareOutcomes(results: readonly Result[]): ComparedCheck[] {
  const runs = results.map((result) => ({
    result,
    checks: new Map(result.checks.map((check) => [check.id, check])),
  }));
  const ids = new Set(runs.flatMap(({ checks }) => [...checks.keys()]));
  return [...ids].sort().map((id) => {
    const seen = runs.map(({ result, checks }) => {
      const check = checks.get(id);
      const capability = check && missingCapability(check, result, checks);
      const outcome = check?.outcome ?? 'not planned';
      return { outcome, capability };
    });
    const measured = new Set(
      seen.filter(({ capability }) => capability === undefined).map(({ outcome }) => outcome),
    );
    const different = new Set(seen.map(({ outcome }) => outcome)).size > 1;
    return {
      id,
      outcomes: seen.map(({ outcome, capability }) =>
        capability === undefined ? outcome : `${outcome}: ${capability}`,
      ),
      comparison: measured.size > 1 ? 'difference' : different ? 'declared' : 'same',
    };
  });
}

/** The capability that the run's runtime declares as missing, and that keeps the check from being measured. */
function missingCapability(
  check: CheckResult,
  result: Result,
  checks: ReadonlyMap<string, CheckResult>,
): string | undefined {
  const root = check.outcome === 'blocked' ? checks.get(check.blockedBy ?? '') : check;
  if (root?.outcome !== 'unmeasured' || root.shortfall?.kind !== 'missing-capability') return undefined;
  const { message } = root.shortfall;
  return result.capabilities.find(
    ({ name, available }) => !available && !tools.has(name) && message.startsWith(`Needs ${name},`),
  )?.name;
}
