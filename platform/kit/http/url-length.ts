import { problem } from './problem.ts';

/** Maximum length of a request target, characters; Airtable's limit of a URL. */
export const maxUrlLength = 16_000;

/**
 * Maximum size of a request's head, bytes. The gateway accepts a URL of the maximum length and Node's default of 16 KiB
 * for headers. It adds headers of its own, so services accept more.
 */
export const maxHeadBytes = { gateway: 32 * 1024, service: 48 * 1024 } as const;

/** @throws ProblemError `uri_too_long` */
export function assertUrlLength(target: string): void {
  if (target.length > maxUrlLength) throw problem('uri_too_long');
}
