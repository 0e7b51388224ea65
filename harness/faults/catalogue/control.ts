import type { Change } from '../change.ts';
import type { Fault, FaultInService } from '../fault.ts';

const green = ['services.platform-services.ready', 'services.user-service.ready'];

/** What all faults of security have in common: a control is off, and everything else works. */
export function control(fault: {
  id: string;
  title: string;
  /** Default: none. */
  blockers?: readonly string[];
  recorded: string;
  cause: string;
  fix: string;
  service: Fault['defaultService'];
  symptom: RegExp;
  changes: readonly Change[];
  bite: FaultInService['bite'];
  red: FaultInService['red'];
}): Fault {
  const { service, changes, bite, red, blockers = [], ...told } = fault;
  return {
    ...told,
    layer: 'security',
    blockers,
    defaultService: service,
    in: () => ({ changes, bite, red, green }),
  };
}
