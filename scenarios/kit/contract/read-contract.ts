import { fieldsOf } from './field-tree.ts';

/** What a client may do with a route, and what it gets. */
export interface RouteContract {
  access: 'public' | 'user' | 'service' | 'unknown';
  /** The rights that a caller needs, as in the contract. */
  needs?: unknown;
  /** The scope that a personal access token needs. */
  scope?: string;
  /** Fields of the request: of its body, and names of parameters after `query.` or `header.`. */
  takes: string[];
  /** Fields of each response that is no problem, by status. */
  answers: Record<string, string[]>;
}

interface Operation {
  security?: readonly Readonly<Record<string, unknown>>[];
  'x-needs'?: unknown;
  'x-personal-token-scope'?: string;
  parameters?: readonly unknown[];
  requestBody?: unknown;
  responses?: Readonly<Record<string, unknown>>;
}

interface Media {
  schema?: unknown;
}

const methods = new Set(['get', 'post', 'put', 'patch', 'delete', 'head', 'options', 'trace']);

function accessOf({ security }: Operation): RouteContract['access'] {
  if (security?.length === 0) return 'public';
  const schemes = security?.flatMap((one) => Object.keys(one)) ?? [];
  // No scheme at all, or an empty one as an alternative, lets everybody in.
  if (schemes.length === 0 || security?.some((one) => Object.keys(one).length === 0)) return 'public';
  if (schemes.every((name) => name === 'accessToken')) return 'user';
  return schemes.every((name) => name === 'internalKey') ? 'service' : 'unknown';
}

/** Reads an OpenAPI document: every operation by `GET /path/:id`, and the fields of all its problems. */
export function readContract(document: unknown): {
  routes: Record<string, RouteContract>;
  problems: string[];
} {
  const find = (reference: string): unknown =>
    reference
      .replace(/^#\//, '')
      .split('/')
      .reduce<unknown>(
        (at, step) =>
          typeof at === 'object' && at !== null
            ? (at as Record<string, unknown>)[step.replaceAll('~1', '/').replaceAll('~0', '~')]
            : undefined,
        document,
      );
  const resolve = <T>(one: unknown): T => {
    const reference = (one as { $ref?: string } | undefined)?.$ref;
    return (reference === undefined ? one : find(reference)) as T;
  };
  const contentFields = (one: unknown): string[] => {
    const { content = {} } = resolve<{ content?: Record<string, Media> }>(one) ?? {};
    return Object.entries(content).flatMap(([type, { schema }]) =>
      /\bjson\b/.test(type) || type === 'application/x-www-form-urlencoded' ? fieldsOf(schema, find) : [type],
    );
  };
  const problems = new Set<string>();
  const routeOf = (operation: Operation): RouteContract => {
    const answers: Record<string, string[]> = {};
    for (const [status, response] of Object.entries(operation.responses ?? {})) {
      const fields = contentFields(response);
      const hasOwnBody = (response as { $ref?: string }).$ref === undefined;
      if (Number(status) < 400 || hasOwnBody) answers[status] = fields.toSorted();
      if (Number(status) >= 400) for (const field of fields) problems.add(field);
    }
    const parameters = (operation.parameters ?? []).map((one) => resolve<{ in: string; name: string }>(one));
    const takes = [
      ...parameters.filter((one) => one.in !== 'path').map((one) => `${one.in}.${one.name}`),
      ...contentFields(operation.requestBody),
    ];
    const needs = operation['x-needs'];
    const scope = operation['x-personal-token-scope'];
    return {
      access: accessOf(operation),
      ...(needs === undefined ? {} : { needs }),
      ...(scope === undefined ? {} : { scope }),
      takes: takes.toSorted(),
      answers,
    };
  };
  const paths = (document as { paths?: Record<string, Record<string, Operation>> } | undefined)?.paths ?? {};
  const routes = Object.fromEntries(
    Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations)
        .filter(([method]) => methods.has(method))
        .map(([method, operation]) => [
          `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
          routeOf(operation),
        ]),
    ),
  );
  return { routes, problems: [...problems].toSorted() };
}
