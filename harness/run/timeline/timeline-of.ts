import type { CheckDefinition } from '../../engine/check.ts';
import type { CheckFacts } from '../../evidence/facts.ts';
import type { Timeline } from '../../evidence/timeline.ts';
import type { ProcessorWatch } from './processor-watch.ts';

type Phase = Timeline['phases'][number];

const phaseOf = {
  shared: 'shared checks',
  exclusive: 'exclusive checks',
  drill: 'drills',
  'final-drill': 'drills',
} as const satisfies Record<NonNullable<CheckDefinition['isolation']>, Phase['name']>;

/** When a check ran, `performance.now()`. */
export interface Span {
  fromMs: number;
  toMs: number;
}

/**
 * Describes when a run was busy and with what. Adds to each check that ran when it began and what it used.
 * @param options.checksFromMs `performance.now()` at the start of the checks
 */
export function timelineOf(options: {
  watch: Pick<ProcessorWatch, 'startedAtMs' | 'cores' | 'processor' | 'shareOf'>;
  checksFromMs: number;
  definitions: readonly CheckDefinition[];
  checks: readonly CheckFacts[];
  spans: ReadonlyMap<string, Span>;
}): { timeline: Timeline; checks: CheckFacts[] } {
  const { watch, spans } = options;
  const since = (atMs: number): number => Math.max(0, Math.round(atMs - watch.startedAtMs));
  const isolation = new Map(options.definitions.map((each) => [each.id, each.isolation ?? 'shared']));
  const phases: Phase[] = [{ name: 'boot', fromMs: 0, toMs: since(options.checksFromMs) }];
  const byPhase = Map.groupBy(spans, ([id]) => phaseOf[isolation.get(id) ?? 'shared']);
  for (const name of new Set(Object.values(phaseOf))) {
    const within = (byPhase.get(name) ?? []).map(([, span]) => span);
    if (within.length === 0) continue;
    const fromMs = since(Math.min(...within.map((span) => span.fromMs)));
    phases.push({ name, fromMs, toMs: since(Math.max(...within.map((span) => span.toMs))) });
  }
  const processor = watch.processor();
  return {
    timeline: { cores: watch.cores, phases, ...(processor ? { processor } : {}) },
    checks: options.checks.map((facts) => {
      const span = spans.get(facts.check);
      if (!span) return facts;
      const processes = processor ? watch.shareOf(facts.check) : [];
      return {
        ...facts,
        startedAfterMs: since(span.fromMs),
        ...(processes.length > 0 ? { processes } : {}),
      };
    }),
  };
}
