import { type ServiceName, serviceNames } from '../../platform/contracts/service.ts';
import { ReadinessError } from '../errors/readiness-error.ts';
import { exitsAtStart, hangsAtStart, portTaken, wrongDatabasePassword } from './boot-faults.ts';
import type { Fault } from './fault.ts';

/** All faults. */
export const faults: readonly Fault[] = [wrongDatabasePassword, exitsAtStart, hangsAtStart, portTaken];

/**
 * Parses `<fault id>` or `<fault id>=<service>`.
 * @throws ReadinessError (exit code 2) for an unknown fault or service.
 */
export function parseFault(text: string): { fault: Fault; service: ServiceName } {
  const [id, service] = text.split('=', 2);
  const fault = faults.find((candidate) => candidate.id === id);
  if (!fault) {
    throw new ReadinessError('fault-unknown', `There is no fault "${id}".`, {
      hint: `Faults: ${faults.map((candidate) => candidate.id).join(', ')}`,
    });
  }
  const target = service ?? fault.defaultService;
  if (!isServiceName(target)) {
    throw new ReadinessError('service-unknown', `There is no service "${target}" for fault ${fault.id}.`, {
      hint: `Services: ${serviceNames.join(', ')}`,
    });
  }
  return { fault, service: target };
}

function isServiceName(text: string): text is ServiceName {
  return (serviceNames as readonly string[]).includes(text);
}
