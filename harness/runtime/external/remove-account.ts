import { z } from 'zod';
import { deleteAccount } from './erase-account.ts';
import type { RecordedAccount } from './ledger.ts';
import { jsonRequest, send } from './send.ts';
import type { Target } from './target.ts';
import { type ReadSecret, secretOf } from './target-addresses.ts';

/** Maximum number of pages of one list. */
const maxPages = 20;

const User = z.object({ id: z.string(), tenant_id: z.string() });
const Session = z.object({ access_token: z.string(), user: User });

/** What an account may own that the API can delete, through the gateway. */
const collections = [
  { kind: 'files', list: '/api/files?page_size=100', key: 'files', path: '/api/files' },
  { kind: 'workflows', list: '/api/workflows?page_size=100', key: 'workflows', path: '/api/workflows' },
  { kind: 'API keys', list: '/api/auth/tokens', key: 'tokens', path: '/api/auth/tokens' },
  { kind: 'conversations', list: '/api/sessions', key: 'sessions', path: '/api/sessions' },
] as const;

export interface RemovedAccount {
  /** Whether user, profile and tenant are gone. */
  removed: boolean;
  /** Whether it ever existed: a run can end during a registration. */
  registered: boolean;
  /** The platform erases the data of the account; the caller waits for the end of it. */
  erasure?: string;
  /** What stays on the target, one sentence each; the caller counts equal ones. */
  left: string[];
}

/**
 * Removes an account of the run. Where the platform deletes accounts, it does so as the user. Otherwise its objects go
 * first through the API as the user, then user, profile and tenant through the services' internal routes, if the target
 * file has their keys. Never throws: what fails is reported as left.
 */
export async function removeAccount(
  account: RecordedAccount,
  { target, readSecret }: { target: Target; readSecret: ReadSecret },
): Promise<RemovedAccount> {
  const left: string[] = [];
  try {
    if (account.erasure !== undefined)
      return { removed: true, registered: true, erasure: account.erasure, left };
    const { session, rejected } = await signIn(account, target);
    if (!session) {
      // Without a user id the registration was never confirmed.
      if (account.userId === undefined) return { removed: true, registered: false, left };
      left.push(`accounts whose objects could not be deleted (sign-in: ${rejected})`);
      return { removed: await removeUser(account, { target, readSecret, left }), registered: true, left };
    }
    const deletion = await deleteAccount(target.services.gateway, {
      token: session.token,
      passwords: account.passwords,
    });
    if (deletion.state === 'accepted')
      return { removed: true, registered: true, erasure: deletion.erasure, left };
    if (deletion.state === 'rejected') left.push(`accounts that were not deleted: ${deletion.reason}`);
    left.push(...(await removeObjects(session.token, target)));
    const removed = await removeUser({ ...account, ...session }, { target, readSecret, left });
    return { removed, registered: true, left };
  } catch (error) {
    return {
      removed: false,
      registered: true,
      left: [...left, `accounts (${error instanceof Error ? error.message : error})`],
    };
  }
}

interface SignedIn {
  token: string;
  userId: string;
  tenantId: string;
}

/** @throws Error when the platform rejects sign-ins for now */
export async function signIn(
  { email, passwords, accessToken, userId, tenantId }: RecordedAccount,
  target: Target,
): Promise<{ session: SignedIn; rejected?: undefined } | { session?: undefined; rejected: string }> {
  if (accessToken !== undefined && userId !== undefined && tenantId !== undefined) {
    const headers = { authorization: `Bearer ${accessToken}` };
    const { status } = await send(`${target.services.gateway}/api/auth/me`, { headers });
    if (status === 200) return { session: { token: accessToken, userId, tenantId } };
  }
  let rejected = 'no password is known';
  for (const password of passwords) {
    const response = await send(
      `${target.services.gateway}/api/auth/login`,
      jsonRequest({ email, password }),
    );
    const { success, data } = Session.safeParse(response.json);
    if (response.status === 200 && success)
      return {
        session: { token: data.access_token, userId: data.user.id, tenantId: data.user.tenant_id },
      };
    rejected = `status ${response.status}`;
    if (response.status === 429 || response.status >= 500)
      throw new Error(`sign-in: ${rejected}; run \`npm run readiness -- sweep\` later`);
  }
  return { rejected };
}

async function removeObjects(token: string, target: Target): Promise<string[]> {
  const { gateway } = target.services;
  const headers = { authorization: `Bearer ${token}` };
  const left: string[] = [];
  for (const { kind, list, key, path } of collections) {
    const gone = new Set<string>();
    for (let page = 0; page < maxPages; page += 1) {
      const { status, json } = await send(`${gateway}${list}`, { headers });
      if (status !== 200) {
        left.push(`${kind} (GET ${path}: status ${status})`);
        break;
      }
      const ids = idsIn(json, key).filter((id) => !gone.has(id));
      if (ids.length === 0) break;
      for (const id of ids) {
        gone.add(id);
        const removed = await send(`${gateway}${path}/${encodeURIComponent(id)}`, {
          method: 'DELETE',
          headers,
        });
        if (removed.status !== 204 && removed.status !== 404)
          left.push(`${kind} (DELETE ${path}/…: status ${removed.status})`);
      }
    }
  }
  return left;
}

/** Deletes profile and user. Deleting the owner of a tenant deletes the tenant. */
async function removeUser(
  { userId, tenantId }: RecordedAccount,
  { target, readSecret, left }: { target: Target; readSecret: ReadSecret; left: string[] },
): Promise<boolean> {
  if (userId === undefined || tenantId === undefined) return true;
  let removed = true;
  for (const service of ['user-service', 'platform-services'] as const) {
    const url = target.services[service];
    const key = target.internalKeys[service];
    if (!url || !key) {
      left.push(`users of ${service} (the target file has no internalKeys.${service} or no address of it)`);
      removed = false;
      continue;
    }
    const { status } = await send(`${url}/internal/users/${userId}?tenant_id=${tenantId}`, {
      method: 'DELETE',
      headers: { 'x-internal-key': secretOf(key, `internalKeys.${service}`, readSecret) },
    });
    if (status === 204) continue;
    left.push(`users of ${service} (DELETE /internal/users/…: status ${status})`);
    removed = false;
  }
  return removed;
}

export function idsIn(json: unknown, key: string): string[] {
  const list = z.record(z.string(), z.unknown()).safeParse(json).data?.[key];
  return (
    z
      .array(z.object({ id: z.string() }))
      .safeParse(list)
      .data?.map(({ id }) => id) ?? []
  );
}
