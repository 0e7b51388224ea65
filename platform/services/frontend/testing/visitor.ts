import type { FastifyInstance, LightMyRequestResponse } from 'fastify';

export interface Visit {
  method?: 'GET' | 'POST';
  form?: Record<string, string>;
  json?: unknown;
  headers?: Record<string, string>;
}

/** A browser without scripts: keeps cookies, accepts HTML, fills in forms. */
export interface VisitingBrowser {
  readonly cookies: Map<string, string>;
  go(url: string, visit?: Visit): Promise<LightMyRequestResponse>;
  /** Opens the page, then posts its form with the hidden fields and the given ones. */
  submit(url: string, fields: Record<string, string>): Promise<LightMyRequestResponse>;
}

export function visit(app: FastifyInstance): VisitingBrowser {
  const cookies = new Map<string, string>();

  async function go(url: string, { method = 'GET', form, json, headers = {} }: Visit = {}) {
    const response = await app.inject({
      method,
      url,
      headers: {
        host: 'site.example',
        accept: 'text/html',
        ...(method === 'POST' ? { origin: 'http://site.example', 'sec-fetch-site': 'same-origin' } : {}),
        ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
        ...(cookies.size > 0 ? { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') } : {}),
        ...headers,
      },
      ...(form ? { payload: new URLSearchParams(form).toString() } : {}),
      ...(json ? { payload: json as object } : {}),
    });
    for (const cookie of response.cookies as { name: string; value: string; maxAge?: number }[]) {
      if (cookie.maxAge === 0) cookies.delete(cookie.name);
      else cookies.set(cookie.name, cookie.value);
    }
    return response;
  }

  return {
    cookies,
    go,
    async submit(url, fields) {
      const page = (await go(url)).body;
      const hidden = [...page.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)];
      const form = Object.fromEntries(hidden.map(([, name, value]) => [name as string, value as string]));
      return go(url.split('?', 1)[0] as string, { method: 'POST', form: { ...form, ...fields } });
    },
  };
}
