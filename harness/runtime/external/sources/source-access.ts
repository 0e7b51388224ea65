/** How to reach a source of logs, traces or metrics. */
export interface SourceAccess {
  /** Base URL without trailing slash. */
  url: string;
  /** Sent as `Authorization: Bearer`. */
  token?: string;
  /** Tenant of Loki and Tempo, sent as `X-Scope-OrgID`. */
  tenant?: string;
}

export function sourceHeaders({ token, tenant }: SourceAccess): Record<string, string> {
  return {
    accept: 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(tenant === undefined ? {} : { 'x-scope-orgid': tenant }),
  };
}
