import type { ServiceName } from '../../../../platform/contracts/service.ts';
import type { Exchange } from './http.ts';

export interface WatchedRequest {
  service: ServiceName;
  method: string;
  path: string;
  body: unknown;
  token: string | undefined;
}

/** Learns of every request of the checks, to record what they create. */
export interface RequestWatch {
  /** Called before the check runs. `mark` is part of every name that the check makes. */
  checkStarts(check: string, mark: string): void;
  /**
   * Called before a check creates an account by other means than requests of its own, e.g. in a browser.
   * @throws MissingCapability when the platform does not allow it
   */
  registering(account: { email: string; password: string }): void;
  /** Called before the request is sent. @throws MissingCapability when the platform does not allow it. */
  sending(request: WatchedRequest): void;
  /** Called with the response before the check sees it. */
  received(request: WatchedRequest, response: Pick<Exchange, 'status' | 'json'>): void;
}
