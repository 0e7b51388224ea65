/** The call that a cancellation names. Request ids are unique within one client only. */
export interface CallName {
  userId: string;
  /** The sign-in that the access token belongs to. It alone identifies a client that sends no `Mcp-Session-Id`. */
  signInId: string;
  /** Value of `Mcp-Session-Id`, which tells the clients of one sign-in apart; undefined when the client sent none. */
  sessionId: string | undefined;
  requestId: string | number;
}

/** The requests that this process is serving, so that a cancellation in a later request can end them. */
export interface RunningCalls {
  /** @returns the signal that `cancel` aborts; call `done` when the request has ended */
  start(name: CallName): { signal: AbortSignal; done(): void };
  /** Does nothing when the request has ended, is unknown, or is not the only one of that name. */
  cancel(name: CallName): void;
}

export function createRunningCalls(): RunningCalls {
  const running = new Map<string, Set<AbortController>>();
  const keyOf = ({ userId, signInId, sessionId, requestId }: CallName) =>
    JSON.stringify([userId, signInId, sessionId, requestId]);
  return {
    start(name) {
      const key = keyOf(name);
      const controller = new AbortController();
      const same = running.get(key) ?? new Set();
      running.set(key, same.add(controller));
      return {
        signal: controller.signal,
        done() {
          same.delete(controller);
          if (same.size === 0 && running.get(key) === same) running.delete(key);
        },
      };
    },
    cancel(name) {
      const same = running.get(keyOf(name));
      if (same?.size !== 1) return;
      for (const controller of same) controller.abort(new Error('The client cancelled the request'));
    },
  };
}
