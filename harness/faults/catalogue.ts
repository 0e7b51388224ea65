import { type ServiceName, serviceNames } from '../../platform/contracts/service.ts';
import { exitCode } from '../errors/exit-code.ts';
import { ReadinessError } from '../errors/readiness-error.ts';
import { exitsAtStart, hangsAtStart, portTaken, wrongDatabasePassword } from './boot-faults.ts';
import type { Fault } from './fault.ts';

/** Every fault that can be injected, by id. */
export const faults: readonly Fault[] = [wrongDatabasePassword, exitsAtStart, hangsAtStart, portTaken];

/**
 * Reads `<fault id>` or `<fault id>=<service>`.
 * @throws ReadinessError (exit code 2) for an unknown fault or service.
 */
export function parseFault(text: string): { fault: Fault; service: ServiceName } {
  const [id, service] = text.split('=', 2);
  const fault = faults.find((candidate) => candidate.id === id);
  if (!fault) {
    throw new ReadinessError('no-such-fault', `There is no fault "${id}".`, {
      hint: `Faults: ${faults.map((candidate) => candidate.id).join(', ')}`,
      exitCode: exitCode.usage,
    });
  }
  const target = service ?? fault.defaultService;
  if (!isServiceName(target)) {
    throw new ReadinessError('no-such-node', `There is no service "${target}" to put ${fault.id} into.`, {
      hint: `Services: ${serviceNames.join(', ')}`,
      exitCode: exitCode.usage,
    });
  }
  return { fault, service: target };
}

function isServiceName(text: string): text is ServiceName {
  return (serviceNames as readonly string[]).includes(text);
}
