import { type ServiceName, serviceNames } from '../../../../platform/contracts/service.ts';
import { MissingCapability } from '../../failures/missing-capability.ts';
import type { StackAddresses } from '../../stack.ts';

/**
 * The addresses as one check sees them: reading a missing one throws. A check may turn the failure of a request into an
 * observation, and would then blame the platform, so `onMissing` learns of it as well.
 */
export function serviceAddresses(
  known: StackAddresses['services'],
  onMissing: (missing: MissingCapability) => void,
): StackAddresses['services'] {
  const addresses = { ...known };
  for (const service of serviceNames) {
    if (Object.hasOwn(known, service)) continue;
    Object.defineProperty(addresses, service, {
      enumerable: false,
      get: (): never => {
        const missing = new MissingCapability('service-addresses', missingAddress(service));
        onMissing(missing);
        throw missing;
      },
    });
  }
  return addresses;
}

const missingAddress = (service: ServiceName): string =>
  `The target gives no address of ${service}. Add services.${service} to the target file, or publish its port in the compose project.`;
