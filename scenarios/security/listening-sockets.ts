import { readdir, readFile, readlink } from 'node:fs/promises';

/** A listening TCP socket of this machine. */
export interface ListeningSocket {
  /** `127.0.0.1`, `0.0.0.0`, `::1`, `::` or another address. */
  address: string;
  port: number;
  inode: string;
}

/** All listening TCP sockets of this machine, or of the network of a process, from the tables of Linux. */
export async function listeningSockets(pid?: number): Promise<ListeningSocket[]> {
  const folder = pid === undefined ? '/proc/net' : `/proc/${pid}/net`;
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((table) => readFile(`${folder}/${table}`, 'utf8').catch(() => '')),
  );
  return tables.flatMap(parseTable);
}

/** Parses `/proc/net/tcp`: addresses are hexadecimal words in host order, and state 0A is LISTEN. */
export function parseTable(table: string): ListeningSocket[] {
  return table
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      const [address = '', port = ''] = local.split(':');
      return state === '0A'
        ? [{ address: readAddress(address), port: Number.parseInt(port, 16), inode }]
        : [];
    });
}

function readAddress(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse());
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join('.');
  const text = bytes.join('').toLowerCase();
  if (text === '0'.repeat(32)) return '::';
  if (text === `${'0'.repeat(31)}1`) return '::1';
  return text.startsWith('00000000000000000000ffff') ? `::ffff:${readAddress(hex.slice(24))}` : text;
}

export function isLoopback(address: string): boolean {
  return address === '::1' || address.replace('::ffff:', '').startsWith('127.');
}

/** Process ids by the inode of their sockets. Processes of other users may be missing. */
export async function socketOwners(): Promise<Map<string, string[]>> {
  const owners = new Map<string, string[]>();
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  await Promise.all(
    pids.map(async (pid) => {
      // A process may end, or a descriptor close, after it was listed.
      const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
      for (const descriptor of descriptors) {
        const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
        const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
        if (inode) owners.set(inode, [...(owners.get(inode) ?? []), pid]);
      }
    }),
  );
  return owners;
}
