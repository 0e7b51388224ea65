import { registrationWorks } from '../../authentication/check-fields.ts';

/** What all checks of accounts have in common. */
export const accountCheck = {
  category: 'services',
  severity: 'high',
  needs: [registrationWorks],
  services: ['gateway', 'platform-services', 'user-service'],
  timeoutMs: 60_000,
} as const;
