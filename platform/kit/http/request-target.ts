/** Scheme and authority of a target in absolute form. */
const absolute = /^https?:\/\/[^/?#]*/i;

/**
 * The path and query of a request target. A server must accept the absolute form `http://host/path` (RFC 9112 3.2.2),
 * which clients send to what they take for a proxy. Every other target stays as it is.
 */
export function originForm(target: string): string {
  if (target.startsWith('/')) return target;
  const start = absolute.exec(target)?.[0];
  if (start === undefined) return target;
  const rest = target.slice(start.length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}
