import type { Component } from './observation.ts';

/** Forms in which messages name a host, with or without its port. */
const hostForms: readonly RegExp[] = [
  /no response from (?<host>[\w.-]+) at/i,
  /host='(?<host>[\w.-]+)', port=(?<port>\d+)/,
  /server at "(?<host>[^"]+)"(?: \([^)]*\))?, port (?<port>\d+)/i,
  /host name "(?<host>[\w.-]+)"/i,
  /connect to host (?<host>[\w.-]+):(?<port>\d+)/i,
  /Connect call failed \('(?<host>[\w.:-]+)', (?<port>\d+)/i,
  /getaddrinfo \w+ (?<host>[\w.-]+)/i,
  /lookup (?<host>[\w.-]+)(?: on [\d.:]+)?: no such host/i,
  /dial tcp (?<host>[\w.-]+):(?<port>\d+)/i,
  /[a-z][a-z+]*:\/\/(?:[^\s/@]*@)?(?<host>[\w.-]+)(?::(?<port>\d+))?/i,
  /\bECONN\w+ (?<host>[\w.-]+):(?<port>\d+)/,
  /"upstream":"(?<host>[\w.-]+)"/,
  /(?<![\w.-])(?<host>(?:\d{1,3}\.){3}\d{1,3}|[a-z][\w-]*(?:\.[\w-]+)*):(?<port>\d{2,5})(?!\w)/i,
];

/** Addresses of the machine itself: only the port says who is meant. */
const ownMachine = /^(?:localhost|127\.[\d.]+|0\.0\.0\.0|::1|host\.docker\.internal)$/;

/** The component of a name or of a file: exact, by an alias, or as a part between separators. */
export function componentNamed(text: string, components: readonly Component[]): string | undefined {
  const given = text.toLowerCase();
  const names = components.flatMap(({ name, aliases = [] }) =>
    [name, ...aliases].map((alias) => ({ name, alias: alias.toLowerCase() })),
  );
  const exact = names.find(({ alias }) => alias === given);
  if (exact) return exact.name;
  // The longest one: `platform-services` and not `services`.
  return names
    .filter(({ alias }) => partsOf(given).includes(partsOf(alias)))
    .sort((a, b) => b.alias.length - a.alias.length)[0]?.name;
}

/** `-a-b-` for `a_b`, so that a part of a name is found between separators only. */
function partsOf(text: string): string {
  return `-${text.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '')}-`;
}

/** The component that a message says it could not use; undefined when it names none. */
export function peerIn(text: string, components: readonly Component[]): string | undefined {
  for (const form of hostForms) {
    const { host, port } = form.exec(text)?.groups ?? {};
    if (host === undefined) continue;
    const byName = componentNamed(host, components);
    if (byName) return byName;
    const byPort = components.find(({ ports = [] }) => ports.includes(Number(port)));
    if (byPort) return byPort.name;
    if (!ownMachine.test(host) && !/^[\d.]+$/.test(host)) return host.toLowerCase();
  }
  return undefined;
}

/** The component to which the path of a request in a message leads, by the longest beginning; undefined without one. */
export function behindPath(text: string, components: readonly Component[]): string | undefined {
  const found = components.flatMap(({ name, paths = [] }) => paths.map((path) => ({ name, path })));
  const asked = [...text.matchAll(/(?<![\w.])(?:https?:\/\/[^\s/]+)?(\/[\w/.-]+)/g)].map(
    ([, path = '']) => path,
  );
  return found
    .filter(({ path }) => asked.some((one) => one === path || one.startsWith(`${path}/`)))
    .sort((a, b) => b.path.length - a.path.length)[0]?.name;
}
