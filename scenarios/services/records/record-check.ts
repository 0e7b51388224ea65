import { registrationWorks } from '../../authentication/check-fields.ts';

/** What the checks of stored records have in common. */
export const recordCheck = {
  category: 'services',
  severity: 'high',
  needs: [registrationWorks, 'services.airtable-gateway.available'],
  services: ['gateway', 'platform-services', 'airtable-gateway'],
  timeoutMs: 60_000,
} as const;
