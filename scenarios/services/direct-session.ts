import type { CheckContext, Exchange } from '../../harness/engine/index.ts';
import { Session } from '../../platform/contracts/platform-services/authentication.ts';

export interface DirectSession {
  email: string;
  accessToken: string;
  userId: string;
}

/**
 * Registers at platform-services directly, so that a failed gateway does not make every service behind it fail. On a
 * target that gives no address of platform-services it registers through the gateway, and on one without registration
 * it uses an account that the target file gives.
 * @returns the response, and the session unless the registration failed.
 */
export async function openDirectSession(
  context: CheckContext,
): Promise<{ session: DirectSession | undefined; response?: Exchange }> {
  const { http, unique, random } = context;
  if (!context.reaches('platform-services') || !context.mayRegister) {
    const { email, accessToken, userId } = await context.account();
    return { session: { email, accessToken, userId } };
  }
  const email = `${unique('direct')}@readiness.example`;
  const password = `Plover-${random().toString(36).slice(2)}-${random().toString(36).slice(2)}`;
  const response = await http.request('platform-services', '/auth/register', {
    method: 'POST',
    body: { email, password, name: 'Probe' },
  });
  const { success, data } = Session.safeParse(response.json);
  return {
    response,
    session:
      response.status === 201 && success
        ? { email, accessToken: data.access_token, userId: data.user.id }
        : undefined,
  };
}
