import type { CheckDefinition } from '../../harness/engine/index.ts';

/** Every authentication check feeds the condition; none is optional. */
export const authenticationCheck = {
  category: 'authentication',
  conditions: ['authentication'],
  services: ['gateway', 'platform-services'],
} as const satisfies Partial<CheckDefinition>;

/** Every check that uses an account needs this one. */
export const registrationWorks = 'authentication.register.creates-account';
export const loginWorks = 'authentication.login.creates-session';
export const changePasswordWorks = 'authentication.change-password.replaces-password';
