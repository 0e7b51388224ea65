import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { jsonRequest, send } from './send.ts';

/** Pause between two looks at an erasure, milliseconds. */
const pauseMs = 500;
/** Maximum time until the data of an account is erased in every service, milliseconds. */
const erasureLimitMs = 120_000;

const Erasure = z.object({
  id: z.string(),
  status: z.enum(['pending', 'done']),
  services_left: z.array(z.string()),
});

export type Deletion =
  /** The account is gone, and the platform erases its data. */
  | { state: 'accepted'; erasure: string }
  /** The platform has no route that deletes an account. */
  | { state: 'unsupported' }
  | { state: 'rejected'; reason: string };

/** Deletes an account through the gateway as its user. */
export async function deleteAccount(
  gateway: string,
  { token, passwords }: { token: string; passwords: readonly string[] },
): Promise<Deletion> {
  let reason = 'no password is known';
  for (const current_password of passwords) {
    const { status, json } = await send(
      `${gateway}/api/auth/delete-account`,
      jsonRequest({ current_password }, token),
    );
    const erasure = Erasure.safeParse(json);
    if (status === 202 && erasure.success) return { state: 'accepted', erasure: erasure.data.id };
    if (status === 404 || status === 405 || status === 501) return { state: 'unsupported' };
    reason = `POST /api/auth/delete-account: status ${status}`;
  }
  return { state: 'rejected', reason };
}

/** Waits until an accepted erasure is done. @returns why it is not, after two minutes; undefined when it is */
export async function waitUntilErased(gateway: string, id: string): Promise<string | undefined> {
  const endMs = performance.now() + erasureLimitMs;
  for (;;) {
    const { status, json } = await send(`${gateway}/api/auth/erasures/${encodeURIComponent(id)}`);
    const erasure = Erasure.safeParse(json);
    // The status of a finished erasure is deleted after some days.
    if (status === 404 || erasure.data?.status === 'done') return undefined;
    if (performance.now() > endMs) {
      const services = erasure.data?.services_left.join(', ');
      return services ? `not erased yet in ${services}` : `GET /api/auth/erasures/…: status ${status}`;
    }
    await delay(pauseMs);
  }
}
