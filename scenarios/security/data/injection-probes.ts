import { catalogue } from '../../../platform/contracts/catalogue.ts';
import type { RouteSpec } from '../../../platform/contracts/route.ts';
import { gatewayPath, type ServiceName } from '../../../platform/contracts/service.ts';

/** A request with a place for text that an attacker chooses. */
export interface InjectionProbe {
  /** `service.route parameter`. */
  name: string;
  service: ServiceName;
  /** Whether the contract rejects the text before it reaches a statement. */
  isValidated: boolean;
  /** Path at the gateway with the text in it. */
  path(text: string): string;
}

/**
 * A value for a path parameter that is not probed. Each request names another base: requests to one base are limited.
 */
function placeholder(name: string, position: number): string {
  const id = (prefix: string) => `${prefix}${String(position).padStart(14, 'A')}`;
  const ids: Readonly<Record<string, string>> = {
    baseId: id('app'),
    tableId: id('tbl'),
    tableIdOrName: id('tbl'),
    fieldId: id('fld'),
    recordId: id('rec'),
    commentId: id('com'),
    webhookId: id('ach'),
    version: '1',
  };
  return ids[name] ?? '00000000-0000-4000-8000-000000000000';
}

/** Whether a schema takes some texts: lists of pages and ids reject everything before it reaches a query. */
function takesText(spec: RouteSpec, name: string): boolean {
  const schema = spec.query?.shape[name] as { safeParse(value: unknown): { success: boolean } } | undefined;
  return schema?.safeParse("a'b").success === true;
}

/** Every parameter of the query and of the path of every GET route of access `user`. */
export function injectionProbes(): InjectionProbe[] {
  let position = 0;
  return catalogue.flatMap((contract) =>
    Object.entries(contract.routes).flatMap(([key, spec]: [string, RouteSpec]) => {
      const path = gatewayPath(contract, spec);
      if (spec.method !== 'GET' || spec.access !== 'user' || path === undefined || path === '/api/mcp')
        return [];
      const fill = (template: string, chosen?: string, text = '') =>
        template.replaceAll(/:(\w+)/g, (_match, name: string) => {
          position += 1;
          return name === chosen ? encodeURIComponent(text) : placeholder(name, position);
        });
      const parameters = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name as string);
      const queries = Object.keys(spec.query?.shape ?? {});
      return [
        ...parameters.map((name) => ({
          name: `${contract.name}.${key} :${name}`,
          service: contract.name,
          isValidated: spec.params?.shape[name]?.safeParse("a'b").success === false,
          path: (text: string) => fill(path, name, text),
        })),
        ...queries.map((name) => ({
          name: `${contract.name}.${key} ?${name}`,
          service: contract.name,
          isValidated: !takesText(spec, name),
          path: (text: string) => `${fill(path)}?${name}=${encodeURIComponent(text)}`,
        })),
      ];
    }),
  );
}

/** Texts that change a statement into which they are put. Those that wait show it by the time that they take. */
export const injections: readonly string[] = [
  "'",
  "' or '1'='1' --",
  "'; select pg_sleep(3); --",
  '1) or pg_sleep(3) is null --',
  '"; drop table identity.users; --',
  "' union select password_hash from identity.users --",
  "\\' or 1=1 --",
  '{{7*7}}%s%n',
];
