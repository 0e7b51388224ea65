import { z } from 'zod';
import type { RouteSpec } from '../../contracts/route.ts';

/** Levels of a list of objects that are described; longer lists are accepted. */
const describedLevels = 3;

/** The schema inside of `optional`, `nullable` and `default`. */
function unwrap(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable
    ? unwrap(schema.unwrap() as z.ZodType)
    : schema;
}

/** The parameters of one list: `name[]`, or `name[0][key]` and so on for a list of objects. */
function parametersOf(name: string, schema: z.ZodType, list: z.ZodArray): [string, z.ZodType][] {
  const element = list.element as z.ZodType;
  if (!(element instanceof z.ZodObject)) return [[`${name}[]`, schema]];
  return Array.from({ length: describedLevels }, (_, index) => index).flatMap((index) =>
    Object.entries(element.shape as Record<string, z.ZodType>).map(([key, value]): [string, z.ZodType] => [
      `${name}[${index}][${key}]`,
      value instanceof z.ZodOptional ? value : value.optional(),
    ]),
  );
}

/**
 * The query of a route as its single parameters. Where the query encodes lists in brackets, OpenAPI has no style for
 * it, so each list becomes the parameters that a client sends.
 */
export function queryParameters({ query, queryFormat }: RouteSpec): z.ZodObject | undefined {
  if (query === undefined || queryFormat !== 'brackets') return query;
  const parameters = Object.entries(query.shape as Record<string, z.ZodType>).flatMap(
    ([name, schema]): [string, z.ZodType][] => {
      const inner = unwrap(schema);
      return inner instanceof z.ZodArray ? parametersOf(name, schema, inner) : [[name, schema]];
    },
  );
  return z.object(Object.fromEntries(parameters));
}
