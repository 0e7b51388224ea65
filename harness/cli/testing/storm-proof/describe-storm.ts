import type { FlowFindings } from '../../../../scenarios/infrastructure/flows/judge-flows.ts';
import { stormedStores } from './plan-storm.ts';
import type { StormLog } from './run-storm.ts';
import type { Starts } from './start-flows.ts';

/** What a storm came to. */
export interface StormOutcome {
  starts: Starts;
  storm: StormLog;
  findings: FlowFindings;
  /** Number of flows by kind and status, e.g. `saga completed`. */
  ends: ReadonlyMap<string, number>;
  effects: { expected: number; counted: number };
  /** Nodes that exited without having been killed. */
  exited: readonly string[];
  durationMs: number;
}

/** Everything that is not as it must be, one text with the id each. */
export function deviationsOf({ starts, storm, findings, exited }: StormOutcome): string[] {
  const named = (kind: string, list: readonly string[]) => list.map((one) => `${kind}: ${one}`);
  return [
    ...named('not started', starts.unconfirmed),
    ...named('lost', findings.lost),
    ...named('not completed', findings.notCompleted),
    ...named('doubled effect', findings.doubled),
    ...named('missing effect', findings.missing),
    ...named('unexpected effect', findings.unexpected),
    ...named('run of the engine without end', findings.withoutEnd),
    ...named('not back', storm.notBack),
    ...named('exited by itself', exited),
    ...named(
      'not stormed',
      stormedStores
        .filter((store) => !storm.stores.get(store))
        .map((store) => `${store} was not restarted while flows ran; start more flows`),
    ),
    ...(storm.kills.size === 0 ? ['not stormed: no process was killed; start more flows'] : []),
  ];
}

const list = (counts: ReadonlyMap<string, number>): string =>
  [...counts].map(([name, count]) => `${count} ${name}`).join(', ') || 'none';

/** The table of a storm. */
export function describeStorm(outcome: StormOutcome): string {
  const { starts, storm, findings, ends, effects, durationMs } = outcome;
  const sum = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((a, b) => a + b, 0);
  const rows: [string, string | number][] = [
    ['kills', `${sum(storm.kills)} (${list(storm.kills)})`],
    [
      'stores restarted',
      [...storm.stores].map(([store, count]) => `${store} with ${count} in flight`).join(', '),
    ],
    ['starts confirmed', starts.confirmed.length],
    ['starts repeated', `${sum(starts.repeats)} (${list(starts.repeats)})`],
    ['ends', list(ends)],
    ['effects', `${effects.expected} expected, ${effects.counted} counted`],
    ['doubled', findings.doubled.length],
    ['missing', findings.missing.length],
    ['lost', findings.lost.length],
    ['duration', `${(durationMs / 1000).toFixed(1)} s`],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}
