import { serviceNames } from '../../../platform/contracts/service.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { readyCheckId } from '../../services/operational-routes.ts';

/** Fields of all checks that stop a part of the platform. */
export const outageFields = {
  category: 'infrastructure',
  severity: 'high',
  needs: [registrationWorks, ...serviceNames.map(readyCheckId)],
  services: serviceNames,
  isolation: 'drill',
  // The first check of an outage does the work of all.
  timeoutMs: 120_000,
} as const;

/** Maximum number of findings per list of a report; the evidence has all of them. */
export const shown = 20;

export const firstOf = (list: readonly string[]): string[] => list.slice(0, shown);
