import type { Account, CheckContext, Exchange } from '../../harness/engine/index.ts';

type Http = Pick<CheckContext, 'http'>;

/** Posts to an authentication route of the gateway. */
export function postAuth(
  { http }: Http,
  route: string,
  body: unknown,
  options: { from?: string; token?: string; timeoutMs?: number } = {},
): Promise<Exchange> {
  return http.request('gateway', `/api/auth/${route}`, { method: 'POST', body, ...options });
}

/** Signs an account in; its address is the source address. */
export function login(
  context: Http,
  { email, password, address }: Pick<Account, 'email' | 'password' | 'address'>,
): Promise<Exchange> {
  return postAuth(context, 'login', { email, password }, { from: address });
}

export function refresh(context: Http, refreshToken: string, from: string): Promise<Exchange> {
  return postAuth(context, 'refresh', { refresh_token: refreshToken }, { from });
}

/** Reads the user that the token belongs to. */
export function getMe(
  { http }: Http,
  options: { from?: string; token?: string; headers?: Record<string, string> } = {},
): Promise<Exchange> {
  return http.request('gateway', '/api/auth/me', options);
}
