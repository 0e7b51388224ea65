/** What is wrong with the headers of a page, and with cookies. Pure: headers in, sentences out. */

type Headers = Readonly<Record<string, string>>;

/** The directives of a content security policy, by name. */
function directivesOf(policy: string): Map<string, string[]> {
  const directives = new Map<string, string[]>();
  for (const part of policy.split(';')) {
    const [name = '', ...sources] = part.trim().split(/\s+/);
    // Browsers ignore a repeated directive.
    if (name !== '' && !directives.has(name.toLowerCase())) directives.set(name.toLowerCase(), sources);
  }
  return directives;
}

/** Directives for which browsers do not fall back to `default-src`. */
const withoutFallback = ['base-uri', 'form-action', 'frame-ancestors'] as const;
const withFallback = ['script-src', 'object-src', 'style-src', 'connect-src', 'frame-src'] as const;

/** Whether a source lets a page load from more than its own site, or run what is written into it. */
function isTooWide(source: string): boolean {
  if (source === "'none'" || source === "'self'") return false;
  return !/^'(nonce|sha(256|384|512))-[\w+/=-]+'$/.test(source);
}

/** @returns one sentence per weakness of a page's content security policy */
export function policyProblems(headers: Headers): string[] {
  const policy = headers['content-security-policy'];
  if (policy === undefined) return ['no content-security-policy'];
  const directives = directivesOf(policy);
  const problems: string[] = [];
  for (const name of [...withoutFallback, ...withFallback]) {
    const own = directives.get(name);
    const fallsBack = (withFallback as readonly string[]).includes(name);
    const sources = own ?? (fallsBack ? directives.get('default-src') : undefined);
    if (sources === undefined) problems.push(`content-security-policy has no ${name}`);
    for (const source of sources ?? [])
      if (isTooWide(source)) problems.push(`content-security-policy: ${name} allows ${source}`);
  }
  return problems;
}

const others: readonly [name: string, pattern: RegExp][] = [
  ['content-type', /^text\/html;\s*charset=utf-8$/i],
  ['x-content-type-options', /^nosniff$/i],
  ['referrer-policy', /^(no-referrer|same-origin|strict-origin|strict-origin-when-cross-origin)$/i],
  ['cross-origin-opener-policy', /^same-origin$/i],
  ['permissions-policy', /camera=\(\)/i],
  ['cache-control', /\bno-store\b/i],
];

/** @returns one sentence per missing or wrong header of a page, and per header that names the software */
export function headerProblems(headers: Headers): string[] {
  const wrong = others
    .filter(([name, pattern]) => !pattern.test(headers[name] ?? ''))
    .map(([name]) => `${name}: ${headers[name] ?? 'missing'}`);
  const telling = ['server', 'x-powered-by'].filter((name) => headers[name] !== undefined);
  return [...wrong, ...telling.map((name) => `${name}: ${headers[name]}`)];
}

/**
 * What is wrong with a `Set-Cookie` header of the site. Without `Secure` only a site at an http address may work.
 * @param options.secureSite whether browsers reach the site over https
 */
export function cookieProblems(line: string, { secureSite }: { secureSite: boolean }): string[] {
  const [pair = '', ...rest] = line.split(';').map((part) => part.trim());
  const name = pair.split('=')[0] ?? '';
  const attributes = new Map(
    rest.map((attribute) => {
      const [key = '', value = ''] = attribute.split('=');
      return [key.toLowerCase(), value] as const;
    }),
  );
  const problems: string[] = [];
  const isPrefixed = name.startsWith('__Host-');
  if (!attributes.has('httponly')) problems.push('is readable by scripts');
  if (!/^(lax|strict)$/i.test(attributes.get('samesite') ?? '')) problems.push('is sent by other sites');
  if (!attributes.has('secure') && (isPrefixed || secureSite)) problems.push('is sent without encryption');
  if (attributes.has('domain')) problems.push('is sent to other hosts of the domain');
  if (isPrefixed && attributes.get('path') !== '/') problems.push('is rejected by browsers: Path is not /');
  if (secureSite && !isPrefixed) problems.push('has no __Host- prefix');
  return problems.map((problem) => `${name} ${problem}`);
}
