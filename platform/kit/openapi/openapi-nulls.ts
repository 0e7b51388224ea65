type Node = Record<string, unknown>;

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Writes properties that can only be `null` as `const: null`, which means the same. OpenAPI Generator fails on a property
 * with `type: null`, and generates nothing from the whole document. Inside of `anyOf` it reads `type: null`.
 */
export function describeNullProperties<T extends object>(document: T): T {
  const text = JSON.stringify(document, (key, value: unknown) =>
    key === 'properties' && isNode(value) ? withConstants(value) : value,
  );
  return JSON.parse(text) as T;
}

function withConstants(properties: Node): Node {
  return Object.fromEntries(
    Object.entries(properties).map(([name, property]) => {
      if (!isNode(property) || property.type !== 'null') return [name, property];
      const { type: _, ...others } = property;
      return [name, { ...others, const: null }];
    }),
  );
}
