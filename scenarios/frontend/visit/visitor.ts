import { type CheckContext, type Exchange, ProductFailure } from '../../../harness/engine/index.ts';
import { type Submission, submissionOf } from './press-button.ts';
import { type SeenPage, seenPage } from './seen-page.ts';

/** Maximum number of redirects in a row. */
const maxRedirects = 8;

/** Headers that replace those of a browser; `undefined` leaves one out. */
type SentHeaders = Readonly<Record<string, string | undefined>>;

/** A visitor of the site without scripts: it keeps cookies, follows redirects, reads pages and presses buttons. */
export interface Visitor {
  /** Opens a page and follows redirects within the site. @throws ProductFailure when they lead elsewhere or in circles */
  open(path: string): Promise<SeenPage>;
  /** Requests one path without following a redirect. */
  look(path: string): Promise<Exchange>;
  /** Fills in a form, presses its button and follows the redirect. @throws ProductFailure when the button does nothing */
  press(page: SeenPage, button: string, fill?: Readonly<Record<string, string>>): Promise<SeenPage>;
  /** Sends a form without following the redirect, with these headers instead of the browser's. */
  send(page: SeenPage, submission: Submission, headers?: SentHeaders): Promise<Exchange>;
  /** `Set-Cookie` headers so far. */
  readonly setCookies: readonly string[];
  /** Where a browser goes with this `Location`; undefined within the site, else the address. */
  leavesSite(location: string, path: string): string | undefined;
}

/**
 * Opens the site without a session.
 * @param options.from source address; default: an unused one
 */
export function createVisitor(
  context: Pick<CheckContext, 'http' | 'stack' | 'newAddress'>,
  {
    from = context.newAddress(),
    userAgent = 'Readiness-Visitor/1.0',
  }: { from?: string; userAgent?: string } = {},
): Visitor {
  const base = new URL(context.stack.services.frontend);
  const jar = new Map<string, string>();
  const setCookies: string[] = [];

  async function request(
    path: string,
    sent: { submission?: Submission; page?: SeenPage; headers?: SentHeaders } = {},
  ): Promise<Exchange> {
    const { submission, page } = sent;
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const posted = submission?.method === 'POST';
    const exchange = await context.http.request('frontend', path, {
      method: posted ? 'POST' : 'GET',
      from,
      headers: present({
        accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8',
        'user-agent': userAgent,
        ...(cookie === '' ? {} : { cookie }),
        ...(page ? { 'sec-fetch-site': 'same-origin', referer: new URL(page.path, base).href } : {}),
        ...(posted ? { origin: base.origin, 'content-type': 'application/x-www-form-urlencoded' } : {}),
        ...sent.headers,
      }),
      ...(posted
        ? { body: new URLSearchParams(submission.fields.map(([name, value]) => [name, value])).toString() }
        : {}),
    });
    for (const line of (exchange.headers['set-cookie'] ?? '').split('\n').filter((one) => one !== '')) {
      setCookies.push(line);
      keepCookie(jar, line);
    }
    return exchange;
  }

  function leavesSite(location: string, path: string): string | undefined {
    const at = new URL(path, base);
    if (!URL.canParse(location, at.href)) return location;
    const target = new URL(location, at.href);
    return target.origin === base.origin ? undefined : target.href;
  }

  async function follow(exchange: Exchange, path: string): Promise<SeenPage> {
    let [current, at] = [exchange, path];
    for (let hops = 0; hops <= maxRedirects; hops += 1) {
      const { location } = current.headers;
      if (current.status < 300 || current.status > 399 || location === undefined)
        return seenPage({ path: at, status: current.status, headers: current.headers, text: current.text });
      const elsewhere = leavesSite(location, at);
      if (elsewhere !== undefined) throw new ProductFailure(`${at} redirects to another site: ${elsewhere}`);
      const { pathname, search } = new URL(location, new URL(at, base));
      at = pathname + search;
      current = await request(at);
    }
    throw new ProductFailure(`${path} redirects more than ${maxRedirects} times, at last to ${at}`);
  }

  function send(page: SeenPage, submission: Submission, headers: SentHeaders = {}): Promise<Exchange> {
    return request(targetOf(submission, page), { submission, page, headers });
  }

  return {
    setCookies,
    leavesSite,
    look: (path) => request(path),
    open: async (path) => follow(await request(path), path),
    send,
    async press(page, button, fill) {
      const submission = submissionOf(page, { button, ...(fill ? { fill } : {}) });
      return follow(await send(page, submission), targetOf(submission, page));
    },
  };
}

/** Signs in through the form. @throws ProductFailure when that does not lead to the dashboard */
export async function signInAtSite(
  visitor: Visitor,
  { email, password }: { email: string; password: string },
): Promise<SeenPage> {
  const page = await visitor.press(await visitor.open('/auth/login'), 'Sign in', { email, password });
  if (page.heading !== 'Dashboard')
    throw new ProductFailure(
      `Signing in led to ${page.path} with ${page.status} and the heading “${page.heading}”`,
    );
  return page;
}

function targetOf({ method, action, fields }: Submission, page: SeenPage): string {
  const url = new URL(action, new URL(page.path, 'http://site.invalid'));
  if (method === 'GET')
    url.search = new URLSearchParams(fields.map(([name, value]) => [name, value])).toString();
  return url.pathname + url.search;
}

function keepCookie(jar: Map<string, string>, line: string): void {
  const [pair = '', ...attributes] = line.split(';');
  const at = pair.indexOf('=');
  const [name, value] = [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
  const ends = attributes.some((attribute) => {
    const [key = '', text = ''] = attribute.trim().split('=');
    if (key.toLowerCase() === 'max-age') return Number(text) <= 0;
    return key.toLowerCase() === 'expires' && Date.parse(text) <= Date.now();
  });
  if (ends) jar.delete(name);
  else jar.set(name, value);
}

function present(headers: SentHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
