type Node = Record<string, unknown>;

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Writes constants that OpenAPI Generator cannot read in another way with the same meaning:
 *
 * - Properties that can only be `null` as `const: null`. It generates nothing from a document that has a property with
 *   `type: null`. Inside of `anyOf` it reads `type: null`.
 * - Constants of the type boolean by the value that they exclude. It takes `true` for the text "true", so that clients
 *   reject each right response.
 */
export function describeConstants<T extends object>(document: T): T {
  const text = JSON.stringify(document, (key, value: unknown) => {
    if (!isNode(value)) return value;
    return withBoolean(key === 'properties' ? withNulls(value) : value);
  });
  return JSON.parse(text) as T;
}

function withNulls(properties: Node): Node {
  return Object.fromEntries(
    Object.entries(properties).map(([name, property]) => {
      if (!isNode(property) || property.type !== 'null') return [name, property];
      const { type: _, ...others } = property;
      return [name, { ...others, const: null }];
    }),
  );
}

function withBoolean(schema: Node): Node {
  const { const: constant, ...others } = schema;
  if (schema.type !== 'boolean' || typeof constant !== 'boolean') return schema;
  return { ...others, not: { const: !constant } };
}
