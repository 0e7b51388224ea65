/**
 * Describes a failed connection or query in one sentence. PostgreSQL: SQLSTATE and the server's message (`28P01 password
 * authentication failed for user "x"`). Network: the system's code and address.
 */
export function describeFailure(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return describeFailure(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  const code = (error as { code?: unknown }).code;
  if (typeof code !== 'string' || error.message.startsWith(code)) return error.message || error.name;
  return error.message.includes(code) ? error.message : `${code} ${error.message}`;
}
