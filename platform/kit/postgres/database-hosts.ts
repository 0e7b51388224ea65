/** Values of `target_session_attrs` that lead to the server that accepts writes. */
const writable = ['read-write', 'primary'];

/** `scheme://login@hosts/rest`; the host list is kept apart, because URL parsers accept one port only. */
const form = /^(postgres(?:ql)?:\/\/)([^/?#]*@)?([^/?#@]*)([^#]*)$/;

/**
 * One URL per server of a connection URL in libpq's form: `postgresql://role:secret@db1:5432,db2:5432/name`, or
 * `?host=/folder1,/folder2` for Unix sockets. `target_session_attrs` is removed from the result.
 * @throws TypeError for a URL that names no server, or several without `target_session_attrs=read-write` or `primary`:
 * a service writes, and would reach a standby by chance.
 */
export function databaseHosts(url: string): readonly [string, ...string[]] {
  const [, scheme, login = '', hostList = '', rest = ''] = form.exec(url) ?? [];
  if (scheme === undefined) throw new TypeError('must be a PostgreSQL URL');
  const mark = rest.indexOf('?');
  const path = mark < 0 ? rest : rest.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? '' : rest.slice(mark));
  const attributes = query.get('target_session_attrs');
  query.delete('target_session_attrs');
  const named = query.get('host')?.split(',');
  const hosts = named ?? hostList.split(',');
  if (hosts.length > 1 && hosts.includes('')) throw new TypeError('must name a host between two commas');
  const ports = query.get('port')?.split(',');
  if (ports && ports.length > 1 && ports.length !== hosts.length)
    throw new TypeError(`must have one port, or one for each of the ${hosts.length} hosts`);
  if (attributes !== null && attributes !== 'any' && !writable.includes(attributes))
    throw new TypeError(
      `must have target_session_attrs=read-write, because services write; not ${attributes}`,
    );
  if (hosts.length > 1 && !writable.includes(attributes ?? 'any'))
    throw new TypeError('must have target_session_attrs=read-write, because it names several hosts');
  const urls = hosts.map((host, index) => {
    const own = new URLSearchParams(query);
    if (named) own.set('host', host);
    const port = ports?.[index] ?? ports?.[0];
    if (port !== undefined) own.set('port', port);
    const parameters = own.toString();
    return `${scheme}${login}${named ? hostList : host}${path}${parameters === '' ? '' : `?${parameters}`}`;
  });
  for (const one of urls) if (!URL.canParse(one)) throw new TypeError('must be a PostgreSQL URL');
  return urls as [string, ...string[]];
}
