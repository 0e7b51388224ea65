/** What identifies the content that a client may already have. */
export interface Validators {
  /** Strong entity tag with its quotes. */
  etag: string;
  /** Whole seconds since 1970. */
  modifiedS: number;
}

export type ConditionalHeaders = Readonly<
  Partial<
    Record<
      'if-match' | 'if-none-match' | 'if-modified-since' | 'if-unmodified-since' | 'if-range',
      string | undefined
    >
  >
>;

/** `failed`: 412. `unchanged`: 304. `proceed`: send the content, with the requested range only if `useRange`. */
export type Precondition =
  | { kind: 'failed' }
  | { kind: 'unchanged' }
  | { kind: 'proceed'; useRange: boolean };

const opaqueTag = /(W\/)?("[\x21\x23-\x7e\x80-\xff]*")/g;

/**
 * Whether a list of entity tags names `etag`. Weak tags never match in a strong comparison (RFC 9110, 8.8.3.2). A tag
 * without quotes is no tag, so it matches nothing.
 */
function namesTag(list: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  if (list.trim() === '*') return true;
  return [...list.matchAll(opaqueTag)].some(
    ([, weak, tag]) => tag === etag && (comparison === 'weak' || weak === undefined),
  );
}

/** An HTTP date in whole seconds; undefined for a header that is not one, which must be ignored. */
function dateOf(header: string | undefined): number | undefined {
  if (header === undefined || !/^[A-Z][a-z]{2,8},? .*\d{2}:\d{2}:\d{2}/.test(header)) return undefined;
  // The oldest of the three formats has no zone but means UTC.
  const time = Date.parse(/GMT$/.test(header) ? header : `${header} GMT`);
  return Number.isNaN(time) ? undefined : Math.floor(time / 1000);
}

function allowsRange(condition: string | undefined, { etag, modifiedS }: Validators): boolean {
  if (condition === undefined) return true;
  if (/^(W\/)?"/.test(condition)) return condition.trim() === etag;
  return dateOf(condition) === modifiedS;
}

/**
 * Evaluates the conditions of a GET request on existing content, in the order of RFC 9110, 13.2.2: a date counts only
 * without the tag condition that is more exact.
 */
export function evaluatePreconditions(headers: ConditionalHeaders, validators: Validators): Precondition {
  const { etag, modifiedS } = validators;
  const match = headers['if-match'];
  if (match !== undefined) {
    if (!namesTag(match, etag, 'strong')) return { kind: 'failed' };
  } else {
    const limit = dateOf(headers['if-unmodified-since']);
    if (limit !== undefined && modifiedS > limit) return { kind: 'failed' };
  }
  const noneMatch = headers['if-none-match'];
  if (noneMatch !== undefined) {
    if (namesTag(noneMatch, etag, 'weak')) return { kind: 'unchanged' };
  } else {
    const since = dateOf(headers['if-modified-since']);
    if (since !== undefined && modifiedS <= since) return { kind: 'unchanged' };
  }
  return { kind: 'proceed', useRange: allowsRange(headers['if-range'], validators) };
}
