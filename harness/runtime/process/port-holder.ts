import { readdir, readFile, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';

/** Whether a TCP port of 127.0.0.1 is free. */
export async function isPortFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * The process that listens on a TCP port of this machine, as text: `process 4711 (node server.js)`. Undefined if
 * unknown: without /proc, or for a process of another user.
 */
export async function findPortHolder(port: number): Promise<string | undefined> {
  const inodes = await listeningInodes(port);
  if (inodes.size === 0) return undefined;
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    if (await holdsOneOf(pid, inodes)) return `process ${pid} (${await commandOf(pid)})`;
  }
  return undefined;
}

/** `port 8000 is taken by process 4711 (node server.js)`. */
export async function describePortHolder(port: number): Promise<string> {
  const holder = await findPortHolder(port);
  return `port ${port} is taken${holder === undefined ? '' : ` by ${holder}`}`;
}

/** Inodes of the sockets that listen on the port. */
async function listeningInodes(port: number): Promise<ReadonlySet<string>> {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  const listen = '0A';
  const inodes = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const text = await readFile(table, 'latin1').catch(() => '');
    for (const line of text.split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/);
      if (fields[1]?.endsWith(`:${hexPort}`) && fields[3] === listen && fields[9]) inodes.add(fields[9]);
    }
  }
  return inodes;
}

async function holdsOneOf(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  for (const descriptor of descriptors) {
    const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode && inodes.has(inode)) return true;
  }
  return false;
}

async function commandOf(pid: string): Promise<string> {
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const command = text.replaceAll('\0', ' ').trim();
  return command.length > 120 ? `${command.slice(0, 119)}…` : command || 'unknown command';
}
