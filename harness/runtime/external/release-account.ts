import { z } from 'zod';
import { type GivenCollection, givenCollections } from './given-objects.ts';
import type { RecordedGivenAccount } from './ledger.ts';
import { idsIn, signIn } from './remove-account.ts';
import { jsonRequest, send } from './send.ts';
import type { Target } from './target.ts';
import { type ReadSecret, secretOf } from './target-addresses.ts';

const Tokens = z.object({ access_token: z.string() });

/**
 * Deletes what a run has created as a given account, and ends its session. The account stays, with its password and
 * every object and session that is not the run's.
 * @param options.marks parts of the names of the run's objects, for those that were created and not recorded
 * @returns whether nothing is left to try again, and what stays, one sentence each
 */
export async function releaseAccount(
  account: RecordedGivenAccount,
  { target, readSecret, marks }: { target: Target; readSecret: ReadSecret; marks: readonly string[] },
): Promise<{ released: boolean; left: string[] }> {
  const left: string[] = [];
  try {
    const token = await currentToken(account, { target, readSecret });
    if (token === undefined) {
      const what = account.session ? 'objects and the session' : 'perhaps a session';
      // Rejected for good; trying again could lock the account.
      return { released: true, left: [`${what} of the given account ${account.email} (sign-in rejected)`] };
    }
    if (!account.session)
      left.push(`perhaps a session of ${account.email}: the run ended during the sign-in`);
    left.push(...(await deleteObjects(account, { target, token, marks })));
    const { status } = await send(`${target.services.gateway}/api/auth/logout`, jsonRequest({}, token));
    if (status !== 204 && status !== 200)
      left.push(`the session of ${account.email} (POST /api/auth/logout: status ${status})`);
    return { released: true, left };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { released: false, left: [...left, `objects of the given account ${account.email} (${reason})`] };
  }
}

/** The recorded token, else a renewed one, else that of a new session; undefined if the sign-in is rejected. */
async function currentToken(
  { email, password: secret, session }: RecordedGivenAccount,
  { target, readSecret }: { target: Target; readSecret: ReadSecret },
): Promise<string | undefined> {
  const { gateway } = target.services;
  if (session) {
    const headers = { authorization: `Bearer ${session.accessToken}` };
    if ((await send(`${gateway}/api/auth/me`, { headers })).status === 200) return session.accessToken;
    if (session.refreshToken !== undefined) {
      const body = jsonRequest({ refresh_token: session.refreshToken });
      const { status, json } = await send(`${gateway}/api/auth/refresh`, body);
      const renewed = Tokens.safeParse(json);
      if (status === 200 && renewed.success) return renewed.data.access_token;
    }
  }
  const password = secretOf(secret, `the password of ${email}`, readSecret);
  return (await signIn({ email, passwords: [password] }, target)).session?.token;
}

async function deleteObjects(
  account: RecordedGivenAccount,
  { target, token, marks }: { target: Target; token: string; marks: readonly string[] },
): Promise<string[]> {
  const { gateway } = target.services;
  const headers = { authorization: `Bearer ${token}` };
  const left: string[] = [];
  for (const collection of Object.keys(givenCollections) as GivenCollection[]) {
    const { path, list }: { path: string; list?: string } = givenCollections[collection];
    const ids = new Set(
      account.objects.filter((object) => object.collection === collection).map(({ id }) => id),
    );
    if (list !== undefined) {
      const { json } = await send(`${gateway}${list}`, { headers });
      for (const id of idsOfRun(json, marks)) ids.add(id);
    }
    for (const id of ids) {
      const url = `${gateway}${path}/${encodeURIComponent(id)}`;
      const { status } = await send(url, { method: 'DELETE', headers });
      if (![200, 204, 404].includes(status))
        left.push(`${collection} of ${account.email} (DELETE ${path}/…: status ${status})`);
    }
  }
  left.push(
    ...account.unconfirmed.map((name) => `perhaps one of the ${name} of ${account.email}: no response`),
  );
  left.push(`audit events, notifications, SAGAs and sync logs of ${account.email}: no route deletes them`);
  return left;
}

/** Ids of the listed objects with a mark of the run in a name. */
function idsOfRun(json: unknown, marks: readonly string[]): string[] {
  const lists = Object.values(z.record(z.string(), z.unknown()).safeParse(json).data ?? {});
  return lists.flatMap((list) =>
    Array.isArray(list)
      ? list
          .filter((one) => marks.some((mark) => JSON.stringify(one).includes(`_${mark}_`)))
          .flatMap((one) => idsIn({ list: [one] }, 'list'))
      : [],
  );
}
