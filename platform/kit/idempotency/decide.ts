/** The stored state of a key that has not expired. */
export interface KeyState {
  /** Undefined until the content of a stream is known. */
  fingerprint: Buffer | undefined;
  /** Seconds until the claim of a running request ends; undefined when it has ended and a response is stored. */
  heldForS: number | undefined;
}

export type Decision =
  /** The first request with the key, or the earlier ones ended without a stored response. */
  | { kind: 'run' }
  | { kind: 'replay' }
  | { kind: 'reused' }
  /** `retryAfterS`: whole seconds, at least 1. */
  | { kind: 'running'; retryAfterS: number };

/**
 * Decides what happens to a request with a key.
 * @param state undefined when the key is not stored
 * @param fingerprint of this request; undefined when only its content can tell, which is compared later
 */
export function decide(state: KeyState | undefined, fingerprint: Buffer | undefined): Decision {
  if (state === undefined) return { kind: 'run' };
  const differs =
    fingerprint !== undefined && state.fingerprint !== undefined && !state.fingerprint.equals(fingerprint);
  if (differs) return { kind: 'reused' };
  if (state.heldForS === undefined) return { kind: 'replay' };
  if (state.heldForS <= 0) return { kind: 'run' };
  return { kind: 'running', retryAfterS: Math.max(1, Math.ceil(state.heldForS)) };
}
