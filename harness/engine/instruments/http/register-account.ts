import { z } from 'zod';
import { MissingCapability } from '../../failures/missing-capability.ts';
import { UnexpectedResponse } from '../../failures/unexpected-response.ts';
import type { Account } from './account.ts';
import type { HttpInstrument } from './http.ts';

const Registered = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1),
  user: z.object({ id: z.uuid(), tenant_id: z.uuid(), email: z.string() }),
});

/**
 * Registers a new user through the gateway, as a person would.
 * @throws ProductUnreachable when the gateway does not respond.
 * @throws UnexpectedResponse when the registration is rejected, or the response does not match the contract.
 * @throws MissingCapability when it is rejected only because all accounts share one source address.
 */
export async function registerAccount(options: {
  http: HttpInstrument;
  /** Part of the email before the @, unique in the run. */
  name: string;
  password: string;
  address: string;
  sharedAddress: boolean;
}): Promise<Account> {
  const { http, name, password, address } = options;
  const email = `${name}@readiness.example`;
  const path = '/api/auth/register';
  const response = await http.request('gateway', path, {
    method: 'POST',
    from: address,
    body: { email, password, name },
  });
  if (response.status === 429 && options.sharedAddress) throw new MissingCapability('many-source-addresses');
  const registered = Registered.safeParse(response.json);
  if (response.status !== 201 || !registered.success) {
    throw new UnexpectedResponse(
      String(response.status),
      `POST ${path} at the gateway responded with ${response.status} instead of 201 with an account: ${excerpt(response.text)}`,
    );
  }
  const { access_token, refresh_token, user } = registered.data;
  if (user.email.toLowerCase() !== email) {
    throw new UnexpectedResponse(
      '201',
      `POST ${path} responded with another user's account (${user.email}).`,
    );
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

/** The start of an error response. A response with tokens is not quoted. */
function excerpt(text: string): string {
  if (/"access_token"|"refresh_token"/.test(text))
    return 'a response with tokens but without the declared fields';
  return text.length > 300 ? `${text.slice(0, 300)}…` : text || 'an empty body';
}
