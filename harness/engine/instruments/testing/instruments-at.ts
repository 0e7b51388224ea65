import type { ServiceName } from '../../../../platform/contracts/service.ts';
import type { Capability } from '../../../plan/plan.ts';
import type { CheckDefinition } from '../../check.ts';
import type { StackAddresses } from '../../stack.ts';
import type { InstrumentsOptions } from '../instruments-options.ts';
import { openInstruments, type RunInstruments } from '../open-instruments.ts';

/** Nothing listens on port 1 (tcpmux): connections are refused. */
export const unusedUrl = 'http://127.0.0.1:1';

/** Addresses of a stack in which only the given services exist. */
export function stackOf(
  services: Partial<Record<ServiceName, string>>,
  stores: Omit<StackAddresses, 'services'> = {},
): StackAddresses {
  const names: ServiceName[] = ['gateway', 'user-service', 'platform-services', 'frontend'];
  const all = Object.fromEntries(names.map((name) => [name, services[name] ?? unusedUrl]));
  return { services: all as StackAddresses['services'], ...stores };
}

/** Instruments for a test. */
export function instrumentsAt(
  stack: StackAddresses,
  options: Partial<InstrumentsOptions> & { tmpDir: string },
): RunInstruments {
  return openInstruments({
    stack,
    capabilities: new Set<Capability>(['many-source-addresses']),
    seed: 1,
    runId: `test-${process.pid}`,
    trackProcess: () => undefined,
    boot: [],
    exited: () => [],
    ...options,
  });
}

/** The part of a definition that the instruments read. */
export function checkNamed(id: string, requires: readonly Capability[] = []): CheckDefinition {
  return { id, requires } as unknown as CheckDefinition;
}
