/**
 * Milliseconds that a `Retry-After` header (RFC 9110, in seconds) asks the client to wait. 0 without the header, and
 * for a value that is not a positive number, such as a date.
 */
export function retryAfterMs(header: string | undefined): number {
  const seconds = Number(header);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0;
}
