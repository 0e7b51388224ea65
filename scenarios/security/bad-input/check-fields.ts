import type { ServiceName } from '../../../platform/contracts/service.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { furtherSecurity } from '../check-fields.ts';

/** Fields of every check that sends invalid input to a service. */
export const badInputCheck = (service: ServiceName) =>
  ({
    ...furtherSecurity,
    why: 'Anybody can repeat a request that breaks a service or makes it return 500. A rejection without the field’s path costs every client hours.',
    needs: [registrationWorks, `services.${service}.available`],
    services: ['gateway', ...new Set<ServiceName>(['platform-services', service])],
    timeoutMs: 90_000,
    remediation: {
      text: 'Validate against the contract first, respond with 4xx and the path of the field, limit the cost of parsing and evaluation, and turn values that the database cannot store into 422.',
      effort: 'days',
    },
  }) as const;
