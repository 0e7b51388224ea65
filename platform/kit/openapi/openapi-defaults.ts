type Node = Record<string, unknown>;

interface Operation {
  requestBody?: { content?: Record<string, { schema?: unknown }> };
}

/**
 * Writes the defaults of request bodies as text: "Default: `null`". With the keyword `default` openapi-typescript makes
 * a property required, since responses always have it, and clients could not leave out an optional field.
 */
export function describeBodyDefaults<T extends object>(document: T): T {
  const copy = structuredClone(document) as T & { paths?: Record<string, Record<string, Operation>> };
  const seen = new Set<unknown>();
  for (const { requestBody } of Object.values(copy.paths ?? {}).flatMap((methods) =>
    Object.values(methods),
  )) {
    for (const { schema } of Object.values(requestBody?.content ?? {}))
      describeDefaults(schema, { document: copy, seen });
  }
  return copy;
}

/** Changes a schema and those inside of it, each once. Values of examples and enumerations are no schemas. */
function describeDefaults(schema: unknown, context: { document: object; seen: Set<unknown> }): void {
  if (!isNode(schema) || context.seen.has(schema)) return;
  context.seen.add(schema);
  const { $ref, properties = {}, items, additionalProperties, anyOf = [], oneOf = [], allOf = [] } = schema;
  const ofProperties = Object.values(properties as Node).filter(isNode);
  for (const property of ofProperties) describeDefault(property);
  const referred = typeof $ref === 'string' ? at(context.document, $ref) : undefined;
  const alternatives = [anyOf, oneOf, allOf].flat();
  for (const inner of [...ofProperties, items, additionalProperties, referred, ...alternatives])
    describeDefaults(inner, context);
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;

function describeDefault(property: Node): void {
  if (!('default' in property)) return;
  const text = `Default: \`${JSON.stringify(property.default)}\``;
  property.description = [property.description, text].filter((part) => typeof part === 'string').join('. ');
  delete property.default;
}

/** The part of a document that a reference names. */
function at(document: object, reference: string): unknown {
  return reference
    .slice(2)
    .split('/')
    .reduce<unknown>((value, step) => (value as Node | undefined)?.[step], document);
}
