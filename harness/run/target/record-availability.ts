import type { EvidenceStore } from '../../evidence/evidence-store.ts';
import type { CheckFacts, Shortfall } from '../../evidence/facts.ts';
import { outcomeOf } from '../../judge/outcome-of.ts';
import type { Plan, PlannedCheck } from '../../plan/plan.ts';
import { intervalMs, isSameStart } from '../../runtime/external/watch/assess-availability.ts';
import type { AvailabilityWatch, WatchedService } from '../../runtime/external/watch/availability-watch.ts';

/** Name of the evidence file of a watched service. */
const fileName = 'availability.json';

/**
 * Ends the watch when it has seen enough, and adds what it saw to the checks whose services must stay up. A check that
 * passed is unmeasured if the probes do not prove it. An outage makes it fail: the judge sees the exits of the run.
 */
export async function recordAvailability(options: {
  watch: AvailabilityWatch;
  plan: Plan;
  checks: readonly CheckFacts[];
  evidence: EvidenceStore;
  signal: AbortSignal;
}): Promise<CheckFacts[]> {
  const { watch, plan, checks, evidence, signal } = options;
  const planned = new Map(plan.checks.map((check) => [check.id, check]));
  const watchedBy = (facts: CheckFacts): PlannedCheck | undefined => {
    const check = planned.get(facts.check);
    return check?.staysUp && passes(check, facts) ? check : undefined;
  };
  if (checks.some(watchedBy)) await watch.finish(signal);
  const services = watch.services();
  return Promise.all(
    checks.map(async (facts) => {
      const check = watchedBy(facts);
      const seen = services.filter(({ service }) => check?.staysUp?.includes(service));
      if (seen.length === 0) return facts;
      const sink = evidence.forCheck(facts.check);
      await sink.write(fileName, `${JSON.stringify(seen.map(toEvidence), null, 2)}\n`);
      const shortfall = seen.map(shortfallOf).find((one) => one !== undefined);
      return {
        ...facts,
        evidence: [...facts.evidence, ...sink.paths],
        ...(shortfall ? { shortfall } : {}),
      };
    }),
  );
}

function passes(check: PlannedCheck, facts: CheckFacts): boolean {
  return outcomeOf(check, facts) === 'pass';
}

/** Undefined when the probes suffice, and for an outage, which needs no more of them. */
function shortfallOf({ service, through, availability }: WatchedService): Shortfall | undefined {
  const { insufficient, outages, restart } = availability;
  if (!insufficient || outages.length > 0 || restart) return undefined;
  return {
    kind: 'missing-capability',
    message: `The availability of ${service} through ${through} was not seen: ${insufficient}`,
    hint:
      through === 'the gateway'
        ? `Add services.${service} to the target file.`
        : 'Repeat the run; it must not be interrupted.',
  };
}

/** Times are milliseconds since the first probe of the service. */
function toEvidence({ service, through, probes, availability }: WatchedService) {
  const startMs = probes[0]?.atMs ?? 0;
  const since = (ms: number): number => Math.round(ms - startMs);
  const { outages, restart, ...figures } = availability;
  const starts: number[] = [];
  for (const { process } of probes)
    if (process && !starts.some((known) => isSameStart(known, process.startedAt)))
      starts.push(process.startedAt);
  return {
    service,
    through,
    intervalMs,
    ...Object.fromEntries(
      Object.entries(figures).map(([key, value]) => [
        key,
        typeof value === 'number' ? Math.round(value) : value,
      ]),
    ),
    processesStartedAt: starts.map((ms) => new Date(ms).toISOString()),
    ...(restart ? { restartAfterMs: since(restart.atMs) } : {}),
    outages: outages.map(({ fromMs, untilMs, ...outage }) => ({
      ...outage,
      fromMs: since(fromMs),
      ...(untilMs === undefined ? {} : { untilMs: since(untilMs) }),
    })),
  };
}
