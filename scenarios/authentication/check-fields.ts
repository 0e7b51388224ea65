import type { CheckContext, CheckDefinition, Exchange } from '../../harness/engine/index.ts';

/** What every authentication check has in common: all of them feed the condition, none is optional. */
export const authCheck = {
  category: 'authentication',
  conditions: ['authentication'],
  services: ['gateway', 'platform-services'],
} as const satisfies Partial<CheckDefinition>;

/** The check that everything with an account of its own hangs on. */
export const registrationWorks = 'auth.register.valid-accepted';
export const loginWorks = 'auth.login.valid-accepted';

/** Posts to an authentication route at the gateway. */
export function postAuth(
  { http }: Pick<CheckContext, 'http'>,
  route: string,
  body: unknown,
  options: { from?: string; token?: string; timeoutMs?: number } = {},
): Promise<Exchange> {
  return http.request('gateway', `/api/auth/${route}`, { method: 'POST', body, ...options });
}

/** Asks who the token belongs to. */
export function getMe(
  { http }: Pick<CheckContext, 'http'>,
  options: { from?: string; token?: string; headers?: Record<string, string> } = {},
): Promise<Exchange> {
  return http.request('gateway', '/api/auth/me', options);
}
