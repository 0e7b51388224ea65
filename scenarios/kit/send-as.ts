import {
  type Account,
  type CheckContext,
  type Exchange,
  ProductFailure,
} from '../../harness/engine/index.ts';
import type { ServiceName } from '../../platform/contracts/service.ts';
import { summary } from './response.ts';

/** Sends a request through the gateway as one user. */
export type Send = (method: string, path: string, body?: unknown) => Promise<Exchange>;

export function sendAs({ http }: Pick<CheckContext, 'http'>, account: Account): Send {
  return (method, path, body) =>
    http.request('gateway', path, {
      method,
      token: account.accessToken,
      from: account.address,
      ...(body === undefined ? {} : { body }),
    });
}

/** Sends a request of one user to a service itself: the gateway limits the requests of a second. */
export function sendDirectly(
  { http }: Pick<CheckContext, 'http'>,
  { accessToken }: Account,
  service: ServiceName,
): Send {
  return (method, path, body) =>
    http.request(service, path, {
      method,
      token: accessToken,
      ...(body === undefined ? {} : { body }),
    });
}

/** Sends a request that the check depends on. @throws ProductFailure when it does not succeed. */
export async function prepare(send: Send, method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await send(method, path, body);
  if (response.status >= 300) throw new ProductFailure(`${method} ${path} returned ${summary(response)}`);
  return response.json;
}
