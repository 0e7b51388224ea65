import { join } from 'node:path';

/** Where a link leads: a TCP port, or a Unix socket. */
export type LinkTarget = { host: string; port: number } | { path: string };

const defaultPorts: Readonly<Record<string, number>> = {
  'http:': 80,
  'https:': 443,
  'postgres:': 5432,
  'postgresql:': 5432,
  'redis:': 6379,
  'smtp:': 25,
};

/**
 * Leads the URL of a peer or store through a port of this machine.
 * @param url as a service gets it: of HTTP or SMTP, or of PostgreSQL (`?host=<folder>`) or Redis (`?path=<socket>`)
 * @returns the URL through the port, and where the URL led before
 * @throws TypeError for a URL with several hosts, or of another protocol
 */
export function throughPort(url: string, port: number): { url: string; target: LinkTarget } {
  if (!URL.canParse(url)) throw new TypeError('A link needs a URL with one host.');
  const parsed = new URL(url);
  const usual = defaultPorts[parsed.protocol];
  if (usual === undefined) throw new TypeError(`A link cannot lead through ${parsed.protocol}//.`);
  if (parsed.hostname.includes(',')) throw new TypeError('A link needs a URL with one host.');
  const target = socketOf(parsed) ?? {
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: Number(parsed.port) || usual,
  };
  parsed.hostname = '127.0.0.1';
  parsed.port = String(port);
  parsed.searchParams.delete('host');
  parsed.searchParams.delete('path');
  // A base URL must stay one: `URL` adds a slash.
  const text = parsed.toString();
  return { url: url.endsWith('/') ? text : text.replace(/\/$/, ''), target };
}

/** The Unix socket of a URL of PostgreSQL or Redis. */
function socketOf({ protocol, port, searchParams }: URL): LinkTarget | undefined {
  const folder = searchParams.get('host');
  if (folder?.includes(',')) throw new TypeError('A link needs a URL with one host.');
  if (folder?.startsWith('/'))
    return { path: join(folder, `.s.PGSQL.${port || defaultPorts['postgresql:']}`) };
  const path = protocol === 'redis:' ? searchParams.get('path') : null;
  return path === null ? undefined : { path };
}
