import type { CheckFacts, LogLine, Manifest } from '../evidence/facts.ts';
import { plannedCheck, sampleFacts, sampleManifest, samplePlan } from '../judge/testing/sample-run.ts';
import type { CategoryId, Severity } from '../plan/outcome.ts';
import type { Plan, PlannedCheck } from '../plan/plan.ts';
import { type Sentences, sentencesOf } from './sentences.ts';

/**
 * `wide`: checks that need nothing, all of which pass. `chain`: each check needs the one before it, and the first one
 * fails. `mixed`: short trees of needs with passes, failures, errors, gaps, evidence and logs, as a bad day has them.
 */
export type Shape = 'wide' | 'chain' | 'mixed';

export const shapes: readonly Shape[] = ['wide', 'chain', 'mixed'];

export interface LargeRun {
  plan: Plan;
  facts: ReturnType<typeof sampleFacts>;
  manifest: Manifest;
}

const categories: readonly CategoryId[] = ['infrastructure', 'services', 'authentication', 'api', 'security'];
const severities: readonly Severity[] = ['blocker', 'high', 'high', 'medium', 'low'];
const services = ['gateway', 'user-service', 'file-service', 'saga-service', 'mcp-server'];

/** Checks of the smallest valid plan, which every large one contains. */
const smallest = samplePlan();

/**
 * A synthetic plan with what its run observed. The same arguments give the same run.
 * @param count number of checks, at least those of the smallest valid plan
 */
export function largeRun(shape: Shape, count: number): LargeRun {
  const say = sentencesOf(count);
  const added = Array.from({ length: count - smallest.checks.length }, (_, index) =>
    addedCheck(shape, index, say),
  );
  const plan: Plan = { ...smallest, checks: [...smallest.checks, ...added] };
  const observed = new Map<string, Observed>();
  for (const [index, check] of added.entries())
    observed.set(check.id, observationOf(shape, { check, index, observed, say }));
  const facts = sampleFacts(plan, Object.fromEntries([...observed].map(([id, { facts }]) => [id, facts])));
  return { plan, facts, manifest: sampleManifest };
}

function addedCheck(shape: Shape, index: number, say: Sentences): PlannedCheck {
  const category = categories[index % categories.length] ?? 'api';
  const needs = needOf(shape, index);
  return plannedCheck({
    id: idOf(index),
    title: say(7),
    failureTitle: say(5),
    why: say(18),
    category,
    severity: severities[index % severities.length] ?? 'high',
    needs: needs === undefined ? [] : [idOf(needs)],
    services: [services[index % services.length] ?? 'gateway', 'gateway'],
    requires: index % 12 === 11 ? ['k6'] : [],
    conditions: index % 5 === 0 ? ['end-to-end'] : [],
    expects: { problems: { op: 'empty' }, status: { op: 'equals', value: 200 } },
    remediation: { text: say(22), effort: 'hours' },
  });
}

/** Zero-padded, so that the order by id is the order of declaration. */
function idOf(index: number): string {
  return `api.part-${index % 97}.check-${String(index).padStart(6, '0')}`;
}

/** Trees of ten: nine checks need the one in the middle of those before them. */
function needOf(shape: Shape, index: number): number | undefined {
  if (shape === 'wide' || index === 0) return undefined;
  if (shape === 'chain') return index - 1;
  const place = index % 10;
  return place === 0 ? undefined : index - place + Math.floor(place / 2);
}

interface Observed {
  facts: Omit<CheckFacts, 'check'>;
  passed: boolean;
}

function observationOf(
  shape: Shape,
  {
    check,
    index,
    observed,
    say,
  }: { check: PlannedCheck; index: number; observed: ReadonlyMap<string, Observed>; say: Sentences },
): Observed {
  const by = check.needs.find((need) => observed.get(need)?.passed === false);
  if (by !== undefined)
    return shortfall({ kind: 'needs-not-met', message: `Needs ${by}, which did not pass.`, by });
  const fails = shape === 'chain' ? index === 0 : shape === 'mixed' && index % 9 === 4;
  if (fails) return failure(index, say);
  if (shape === 'mixed' && index % 31 === 5) return shortfall({ kind: 'threw', message: say(9) });
  if (shape === 'mixed' && check.requires.includes('k6'))
    return shortfall({ kind: 'missing-capability', message: 'k6 is missing.', hint: 'Install k6.' });
  return { passed: true, facts: { ...seen(index), observed: { problems: [], status: 200 } } };
}

function failure(index: number, say: Sentences): Observed {
  const service = services[index % services.length] ?? 'gateway';
  const route = `/api/${say(1)}/${index % 400}`;
  const logs = Array.from(
    { length: 1 + (index % 12) },
    (_, line): LogLine => ({
      service,
      stream: 'stdout',
      text: JSON.stringify({
        level: 'error',
        time: 1_754_500_000_000 + index * 7 + line,
        msg: say(6),
        route,
      }),
    }),
  );
  const status = index % 2 === 0 ? 502 : 404;
  return {
    passed: false,
    facts: {
      ...seen(index),
      observed: { problems: [`round 1: GET ${route} returned ${status}: ${say(4)}`], status },
      logs,
      responses: [{ service, total: 12, failed: 1 + (index % 3), example: `GET ${route}: ${status}` }],
    },
  };
}

function seen(index: number): Omit<CheckFacts, 'check' | 'observed'> {
  const folder = `evidence/${idOf(index)}`;
  return {
    durationMs: (index * 37) % 4000,
    startedAfterMs: index * 11,
    evidence: [`${folder}/exchange.json`, `${folder}/answer.json`],
    logs: [],
  };
}

function shortfall(found: NonNullable<CheckFacts['shortfall']>): Observed {
  return {
    passed: false,
    facts: { durationMs: 0, observed: {}, evidence: [], logs: [], shortfall: found },
  };
}
