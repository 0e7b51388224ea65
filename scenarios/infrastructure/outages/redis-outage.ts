import type { CheckContext } from '../../../harness/engine/index.ts';
import { ProductFailure, ProductUnreachable } from '../../../harness/engine/index.ts';
import { login, postAuth } from '../../authentication/requests.ts';
import { summary } from '../../kit/response.ts';
import { textAt } from '../../kit/shape.ts';
import { type StoreOutage, stopStore } from './store-outage.ts';

/** Sign-ins from one address while Redis is stopped; the documented limit allows five. */
const attempts = 8;

/** A route of each service that takes an access token. */
const doors = [
  ['platform-services', '/auth/me'],
  ['user-service', '/users/me'],
  ['airtable-gateway', '/bases'],
  ['file-service', '/files'],
  ['llm-orchestrator', '/sessions'],
  ['saga-service', '/saga'],
  ['automation-services', '/workflows'],
  ['mcp-server', '/tools'],
  ['gateway', '/api/files'],
] as const;

/** A read of each service as clients send it, with limits, circuits and the check of tokens in front of it. */
const publicReads = [
  '/api/auth/me',
  '/api/users/me',
  '/api/airtable/bases',
  '/api/files',
  '/api/sessions',
  '/api/saga',
  '/api/workflows',
  '/api/tools',
] as const;

export interface RedisOutage extends StoreOutage {
  /** Reads through the gateway that failed during the outage. */
  refused: readonly string[];
  /** Statuses of the sign-ins with a wrong password; that of the last one comes last. */
  signIns: readonly number[];
  /** Doors that accepted the token of a session that was ended before the outage. */
  accepted: readonly string[];
  /** Status of the same token before the session was ended. */
  acceptedBefore: number;
}

/**
 * Stops Redis. Meanwhile somebody guesses passwords, somebody uses the token of an ended session, and somebody reads
 * through the gateway.
 */
export async function stopRedis(context: CheckContext): Promise<RedisOutage> {
  const [user, reader] = await Promise.all([context.account(), context.account()]);
  const send = async (
    service: (typeof doors)[number][0],
    path: string,
    token: string,
    from = user.address,
  ) => {
    try {
      return (await context.http.request(service, path, { token, from })).status;
    } catch (error) {
      if (error instanceof ProductUnreachable) return 0;
      throw error;
    }
  };
  const signedIn = await login(context, user);
  const token = textAt(signedIn.json, 'access_token');
  if (signedIn.status !== 200) throw new ProductFailure(`POST /auth/login returned ${summary(signedIn)}`);
  const acceptedBefore = await send('gateway', '/api/files', token);
  await postAuth(context, 'logout', undefined, { token, from: user.address });
  const accepted: string[] = [];
  const refused: string[] = [];
  const signIns: number[] = [];
  const guess = async () => {
    const address = context.newAddress();
    const attempt = async () =>
      (await login(context, { ...user, password: 'not the password', address })).status;
    // All but the last at once: each waits for Redis first.
    signIns.push(...(await Promise.all(Array.from({ length: attempts - 1 }, attempt))));
    signIns.push(await attempt());
  };
  const useEndedSession = async () => {
    const statuses = await Promise.all(doors.map(([service, path]) => send(service, path, token)));
    for (const [index, [service, path]] of doors.entries())
      if (statuses[index] !== 401) accepted.push(`${service} ${path}: ${statuses[index]}`);
  };
  const readThroughGateway = async () => {
    const statuses = await Promise.all(
      publicReads.map((path) => send('gateway', path, reader.accessToken, reader.address)),
    );
    for (const [index, path] of publicReads.entries())
      if (statuses[index] !== 200) refused.push(`GET ${path}: ${statuses[index] || 'no response'}`);
  };
  const outage = await stopStore(context, 'redis', async () => {
    await Promise.all([guess(), useEndedSession(), readThroughGateway()]);
  });
  await context.keep('redis.json', { signIns, accepted, acceptedBefore, refused });
  return { ...outage, signIns, accepted, acceptedBefore, refused };
}
