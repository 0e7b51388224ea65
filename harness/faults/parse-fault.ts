import { ReadinessError } from '../errors/readiness-error.ts';
import { similarIds } from '../plan/similar-ids.ts';
import { type Fault, type Injection, nameOf } from './fault.ts';

/**
 * Parses one fault, or several at once with `+` in between.
 * @throws ReadinessError (exit code 2) for an unknown fault, a service that a fault cannot be in, and a fault named twice
 */
export function parseFaults(text: string, faults: readonly Fault[]): Injection[] {
  const injections = text.split('+').map((part) => parseFault(part.trim(), faults));
  const names = injections.map(nameOf);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new ReadinessError('fault-invalid', `The fault ${twice} is named twice.`, {
      hint: 'Name different faults, or one fault in different services: <id>=<service>+<id>=<service>',
    });
  return injections;
}

/**
 * Parses `<fault id>` or `<fault id>=<service>`.
 * @throws ReadinessError (exit code 2) for an unknown fault, and for a service that the fault cannot be in
 */
export function parseFault(text: string, faults: readonly Fault[]): Injection {
  const [id = '', given] = text.split('=', 2);
  const fault = faults.find((candidate) => candidate.id === id);
  if (!fault) {
    const ids = faults.map((candidate) => candidate.id);
    throw new ReadinessError('fault-unknown', `There is no fault "${id}".`, {
      hint: `Similar: ${similarIds(id, ids).join(', ')}. All faults: npm run readiness -- reproduce --list`,
    });
  }
  const possible = [...new Set([fault.defaultService, ...(fault.services ?? [])])].sort();
  const service = possible.find((name) => name === (given ?? fault.defaultService));
  if (!service) {
    throw new ReadinessError('service-unknown', `The fault ${fault.id} cannot be in "${given}".`, {
      hint: `It can be in: ${possible.join(', ')}`,
    });
  }
  return { fault, service };
}
