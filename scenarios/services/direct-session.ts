import type { CheckContext, Exchange } from '../../harness/engine/index.ts';
import { Session } from '../../platform/contracts/platform-services/authentication.ts';
import { valueAt } from '../kit/shape.ts';

export interface DirectSession {
  email: string;
  accessToken: string;
  userId: string;
}

/**
 * A session made at platform-services itself, so that a dead gateway does not make every service behind it look
 * dead as well.
 * @returns undefined, with the answer, when it is not given.
 */
export async function openDirectSession({
  http,
  unique,
  random,
}: CheckContext): Promise<{ session: DirectSession | undefined; answer: Exchange }> {
  const email = `${unique('direct')}@readiness.example`;
  const answer = await http.request('platform-services', '/auth/register', {
    method: 'POST',
    body: {
      email,
      password: `Plover-${random().toString(36).slice(2)}-${random().toString(36).slice(2)}`,
      name: 'Probe',
    },
  });
  const session = Session.safeParse(answer.json);
  return {
    answer,
    session:
      answer.status === 201 && session.success
        ? {
            email,
            accessToken: session.data.access_token,
            userId: String(valueAt(answer.json, 'user', 'id')),
          }
        : undefined,
  };
}
