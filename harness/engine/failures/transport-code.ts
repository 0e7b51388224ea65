/** Codes of server and network failures. Any other code (no free port, too many open files) is the harness's. */
const productCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_HEADERS_OVERFLOW',
]);

/** Codes of responses that a client cannot read. Only who sends the response can cause them. */
const unreadable = /^(?:HPE_|Z_|ERR__ERROR_FORMAT|UND_ERR_RES_|UND_ERR_HEADERS_OVERFLOW)/;

/** Names of errors with which clients reject a response that breaks their protocol. */
const protocolErrors = new Set(['HTTPParserError', 'McpError', 'ProtocolError', 'StreamableHTTPError']);

/** Whether a code says that the system under test did not respond, or not in a form that a client can read. */
export function isProductCode(code: string): boolean {
  return productCodes.has(code) || unreadable.test(code);
}

/** The first code of an error or of its causes, e.g. `ECONNRESET`; `UNKNOWN` without one. */
export function codeOf(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code;
    // One error per address that was tried; the first one is enough.
    if (at instanceof AggregateError && at.errors.length > 0) return codeOf(at.errors[0]);
  }
  return 'UNKNOWN';
}

/**
 * Whether a client could not read a response of the system under test, whatever client a check uses. Connections that
 * fail are not meant: a check may also have listeners of its own.
 */
export function brokeProtocol(error: unknown): boolean {
  if (unreadable.test(codeOf(error))) return true;
  for (let at: unknown = error; at instanceof Error; at = at.cause)
    if (protocolErrors.has(at.name)) return true;
  return false;
}
