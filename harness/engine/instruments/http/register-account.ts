import { z } from 'zod';
import { MissingCapability } from '../../failures/missing-capability.ts';
import { SubjectFailed } from '../../failures/subject-failed.ts';
import type { Account } from './account.ts';
import type { HttpInstrument } from './http.ts';

const Registered = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1),
  user: z.object({ id: z.uuid(), tenant_id: z.uuid(), email: z.string() }),
});

/**
 * Registers a fresh user through the gateway, as a person would.
 * @throws SubjectUnreachable when the gateway does not answer.
 * @throws SubjectFailed when the registration is refused or answers nonsense.
 * @throws MissingCapability when it is refused only because all accounts share one source address.
 */
export async function registerAccount(options: {
  http: HttpInstrument;
  /** Part of the email before the @; unique. */
  name: string;
  password: string;
  address: string;
  sharedAddress: boolean;
}): Promise<Account> {
  const { http, name, password, address } = options;
  const email = `${name}@readiness.example`;
  const path = '/api/auth/register';
  const answer = await http.request('gateway', path, {
    method: 'POST',
    from: address,
    body: { email, password, name },
  });
  if (answer.status === 429 && options.sharedAddress) throw new MissingCapability('many-source-addresses');
  const registered = Registered.safeParse(answer.json);
  if (answer.status !== 201 || !registered.success) {
    throw new SubjectFailed(
      String(answer.status),
      `POST ${path} at the gateway answered ${answer.status} instead of 201 with an account: ${excerpt(answer.text)}`,
    );
  }
  const { access_token, refresh_token, user } = registered.data;
  if (user.email.toLowerCase() !== email) {
    throw new SubjectFailed('201', `POST ${path} answered with another user's account (${user.email}).`);
  }
  return {
    email,
    password,
    name,
    userId: user.id,
    tenantId: user.tenant_id,
    accessToken: access_token,
    refreshToken: refresh_token,
    address,
  };
}

/** Enough of an error answer to recognise it; a success may hold tokens and is not quoted. */
function excerpt(text: string): string {
  if (/"access_token"|"refresh_token"/.test(text))
    return 'an answer with tokens but without the declared fields';
  return text.length > 300 ? `${text.slice(0, 300)}…` : text || 'an empty body';
}
