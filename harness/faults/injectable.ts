import type { Change } from './change.ts';
import { changesOf, type Injection } from './fault.ts';

/** What a runtime of this name cannot change, and why. The process runtime can change everything. */
const outOfReach: Partial<Record<Change['kind'], string>> = {
  link: 'containers do not reach a port of the harness on this machine',
  source: 'containers run the image of the platform, whose source was compiled before',
  port: 'each container has all ports for itself',
};

/**
 * Why a runtime cannot inject the faults, as a sentence without a full stop; undefined when it can.
 * @param runtime `process`, `testcontainers` or `compose`
 */
export function whyNotInjectable(injections: readonly Injection[], runtime: string): string | undefined {
  if (runtime === 'process') return undefined;
  const change = changesOf(injections).find(({ kind }) => outOfReach[kind] !== undefined);
  return change && `it changes the ${change.kind} of a service, and ${outOfReach[change.kind]}`;
}
