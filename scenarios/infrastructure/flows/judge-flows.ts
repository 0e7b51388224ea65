import { markersOf, type StartedFlow } from './flow.ts';

/** What is stored about flows. */
export interface FlowsSeen {
  /** Status by id. */
  states: ReadonlyMap<string, string>;
  /** Number of records by marker. */
  effects: ReadonlyMap<string, number>;
  /** Runs of the engine that have not ended. */
  engineRuns: readonly string[];
}

/** Deviations, one text with the id each. */
export interface FlowFindings {
  /** Confirmed and not stored. */
  lost: string[];
  /** In another state than `completed`. */
  notCompleted: string[];
  /** Effects that happened more than once. */
  doubled: string[];
  /** Effects that a completed flow does not have. */
  missing: string[];
  /** Effects of no confirmed flow, and those that a compensated saga left. */
  unexpected: string[];
  /** Runs of the engine without end. */
  withoutEnd: string[];
}

/** Compares started flows with what is stored. Every flow must be completed, with each effect exactly once. */
export function judgeFlows(flows: readonly StartedFlow[], seen: FlowsSeen): FlowFindings {
  const findings: FlowFindings = {
    lost: [],
    notCompleted: [],
    doubled: [],
    missing: [],
    unexpected: [],
    withoutEnd: [...seen.engineRuns],
  };
  const expected = new Set<string>();
  for (const flow of flows) {
    const name = `${flow.kind} ${flow.id}`;
    const status = seen.states.get(flow.id);
    if (status === undefined) findings.lost.push(name);
    else if (status !== 'completed') findings.notCompleted.push(`${name}: ${status}`);
    for (const marker of markersOf(flow)) {
      expected.add(marker);
      const count = seen.effects.get(marker) ?? 0;
      if (count === 0 && status === 'completed') findings.missing.push(`${name}: ${marker}`);
      if (count > 0 && status === 'compensated') findings.unexpected.push(`${name}: ${marker}`);
    }
  }
  for (const [marker, count] of seen.effects) {
    if (count > 1) findings.doubled.push(`${marker}: ${count} times`);
    if (!expected.has(marker)) findings.unexpected.push(marker);
  }
  return findings;
}
