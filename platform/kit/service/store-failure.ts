/** Codes of Node's network errors: nothing listens, the connection broke, no route, no such name. */
const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EAI_NODATA',
  'EAI_NONAME',
]);
/** A Unix socket that is not there, or not for us. The file system has these codes too. */
const socketFileCodes = new Set(['ENOENT', 'EACCES']);
/** Calls of a socket. Errors of HTTP clients and of a client that disconnects name none. */
const socketCalls = new Set(['connect', 'read', 'write', 'shutdown', 'getaddrinfo']);

/**
 * SQLSTATEs of a server that cannot work at the moment: 08 connection, 53 no memory, disk or connection left, 57P its
 * shutdown or start, 57014 a statement over the time limit, 25006 a write on a server that has become a standby,
 * 28 and 3D a login or database that it does not know (yet). 08P01 is none: it reports a wrong statement of ours.
 */
const serverStates = /^(?:08(?!P01)|28|3D|53)[0-9A-Z]{3}$|^57P0[1-5]$|^57014$|^25006$/;

/** Messages of pg and pg-pool, which have no codes. */
const postgresMessages = new Set([
  'Connection terminated',
  'Connection terminated unexpectedly',
  'Connection terminated due to connection timeout',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Query read timeout',
  'Cannot use a pool after calling end on the pool',
]);
/** Messages of ioredis, which has no codes. */
const redisMessages =
  /^(?:Connection is closed\.|Command timed out$|Command aborted due to connection close$|Stream isn't writeable|Socket timeout\.|All sentinels are unreachable)/;
/** First words of replies of a Redis that cannot work at the moment, or does not know the login. */
const redisReplies =
  /^(?:LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|MISCONF|OOM|NOREPLICAS|NOAUTH|WRONGPASS|NOPERM) /;

/** No server of a store accepts our connection. `errors` has the problem of each server. */
export class StoreUnavailable extends AggregateError {
  override readonly name = 'StoreUnavailable';
}

interface Failure {
  name?: unknown;
  code?: unknown;
  syscall?: unknown;
  message?: unknown;
  errors?: unknown;
  /** Why Redis has discarded a transaction. */
  previousErrors?: unknown;
}

/**
 * Whether an error says that PostgreSQL or Redis is away: it cannot be reached, its server died during a statement,
 * or it does not accept the statement at the moment. Decides by the shapes that pg and ioredis throw. Errors of
 * other services are none of these: their clients wrap them.
 */
export function isStoreFailure(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { name, code, syscall, message, errors, previousErrors } = error as Failure;
  if (error instanceof StoreUnavailable) return true;
  if (typeof code === 'string' && typeof syscall === 'string' && socketCalls.has(syscall)) {
    if (networkCodes.has(code)) return true;
    if (syscall === 'connect' && socketFileCodes.has(code)) return true;
  }
  // Every address of a name was tried.
  if (Array.isArray(errors) && errors.length > 0 && errors.every(isStoreFailure)) return true;
  if (typeof code === 'string' && serverStates.test(code)) return true;
  if (name === 'MaxRetriesPerRequestError') return true;
  if (typeof message !== 'string') return false;
  if (name === 'ReplyError') {
    const reasons = message.startsWith('EXECABORT') && Array.isArray(previousErrors) ? previousErrors : [];
    return redisReplies.test(message) || (reasons.length > 0 && reasons.every(isStoreFailure));
  }
  return postgresMessages.has(message) || redisMessages.test(message);
}
