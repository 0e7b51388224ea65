type Node = Record<string, unknown>;

interface Document extends Node {
  paths?: Record<string, Record<string, Node>>;
  components?: { schemas?: Record<string, Node>; parameters?: Record<string, Node> };
}

/** Names of texts with a format and a pattern, which are much longer than a reference. */
const formatNames: Readonly<Record<string, string>> = {
  uuid: 'Uuid',
  'date-time': 'Timestamp',
  date: 'CalendarDate',
};
/** Minimum size of the schema of an object or enumeration that becomes a component, characters of JSON. */
const minimumObject = 120;
/** Uses from which a parameter becomes a component. */
const minimumUses = 3;
/** JSON of an integer that JavaScript can represent, the bounds of every integer without others. */
const safeInteger = JSON.stringify({
  type: 'integer',
  minimum: Number.MIN_SAFE_INTEGER,
  maximum: Number.MAX_SAFE_INTEGER,
});

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const capitalise = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
const reference = (kind: 'schemas' | 'parameters', name: string): Node => ({
  $ref: `#/components/${kind}/${name}`,
});

/** Puts another schema in place of each schema that a schema contains; `place` names it. */
function mapInner(schema: Node, map: (inner: Node, place: string) => Node): Node {
  const one = (value: unknown, place: string) => (isNode(value) ? map(value, place) : value);
  return Object.fromEntries(
    Object.entries(schema).map(([keyword, value]) => {
      if (keyword === 'properties' && isNode(value))
        return [
          keyword,
          Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, one(inner, name)])),
        ];
      if (['anyOf', 'oneOf', 'allOf', 'prefixItems'].includes(keyword) && Array.isArray(value))
        return [keyword, value.map((inner, index) => one(inner, index === 0 ? '' : `${index + 1}`))];
      if (keyword === 'items') return [keyword, one(value, 'item')];
      if (keyword === 'additionalProperties') return [keyword, one(value, 'value')];
      return [keyword, value];
    }),
  );
}

/** Puts another schema in place of each schema of an operation, wherever it is. */
function mapSchemas<T>(value: T, map: (schema: Node) => Node): T {
  if (Array.isArray(value)) return value.map((item) => mapSchemas(item, map)) as T;
  if (!isNode(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (key === 'schema' && isNode(inner)) return [key, map(inner)];
      return [key, key.startsWith('example') ? inner : mapSchemas(inner, map)];
    }),
  ) as T;
}

/** The name of a schema that means the same everywhere. */
function commonName(schema: Node, text: string): string | undefined {
  if (text === safeInteger) return 'SafeInteger';
  return Object.keys(schema).sort().join() === 'format,pattern,type'
    ? formatNames[`${schema.format}`]
    : undefined;
}

/** Whether a schema is worth a component where it is repeated. */
function isLong(schema: Node, text: string): boolean {
  if (commonName(schema, text) !== undefined) return true;
  return (isNode(schema.properties) || Array.isArray(schema.enum)) && text.length >= minimumObject;
}

/**
 * Writes what a document repeats once, as a component: long schemas, named after the first place that has them, and
 * parameters.
 */
export function shareRepeats<T extends Node>(document: T): T {
  const { paths = {}, components = {} } = document as Document;
  const roots = components.schemas ?? {};
  const uses = new Map<string, number>();
  const names = new Map<string, string>();
  const schemas = new Map<string, Node>(Object.entries(roots));

  function count(schema: Node): Node {
    const text = JSON.stringify(schema);
    if (isLong(schema, text)) uses.set(text, (uses.get(text) ?? 0) + 1);
    mapInner(schema, count);
    return schema;
  }

  function freeName(wanted: string): string {
    for (let number = 1; ; number += 1) {
      const name = number === 1 ? wanted : `${wanted}${number}`;
      if (!schemas.has(name)) return name;
    }
  }

  function share(schema: Node, place: string): Node {
    const inside = () => mapInner(schema, (inner, name) => share(inner, `${place}${pascal(name)}`));
    const text = JSON.stringify(schema);
    const known = names.get(text);
    if (known !== undefined) return reference('schemas', known);
    if (!isLong(schema, text) || (uses.get(text) ?? 0) < 2) return inside();
    const name = freeName(commonName(schema, text) ?? place);
    names.set(text, name);
    // Reserved before its content is shared, which may want the same name.
    schemas.set(name, schema);
    schemas.set(name, inside());
    return reference('schemas', name);
  }

  for (const schema of Object.values(roots)) count(schema);
  mapSchemas(paths, count);
  for (const [name, schema] of Object.entries(roots)) names.set(JSON.stringify(schema), name);
  for (const [name, schema] of Object.entries(roots))
    schemas.set(
      name,
      mapInner(schema, (inner, place) => share(inner, `${name}${pascal(place)}`)),
    );
  const shared = Object.entries(paths).map(([path, operations]): [string, Record<string, Node>] => [
    path,
    Object.fromEntries(
      Object.entries(operations).map(([method, operation]) => [
        method,
        mapSchemas(operation, (schema) => share(schema, capitalise(`${operation.operationId}`))),
      ]),
    ),
  ]);
  const parameters = { ...components.parameters };
  return {
    ...document,
    paths: shareParameters(Object.fromEntries(shared), parameters),
    components: {
      ...components,
      schemas: Object.fromEntries(schemas),
      ...(Object.keys(parameters).length > 0 && { parameters }),
    },
  };
}

const pascal = (name: string): string =>
  name
    .split(/[^A-Za-z0-9]+/)
    .map(capitalise)
    .join('');

/** Refers to the repeated parameters, which are added to `parameters`. */
function shareParameters(
  paths: Record<string, Record<string, Node>>,
  parameters: Record<string, Node>,
): Record<string, Record<string, Node>> {
  const all = Object.values(paths).flatMap((operations) =>
    Object.values(operations).flatMap((operation) => (operation.parameters ?? []) as Node[]),
  );
  const names = new Map<string, string>();
  for (const [text, uses] of Map.groupBy(all, (parameter) => JSON.stringify(parameter))) {
    const [parameter] = uses;
    if (parameter === undefined || '$ref' in parameter || uses.length < minimumUses) continue;
    const wanted = pascal(`${parameter.name}`);
    const taken = Object.keys(parameters).filter((name) => name.replace(/\d+$/, '') === wanted).length;
    const name = taken === 0 ? wanted : `${wanted}${taken + 1}`;
    parameters[name] = parameter;
    names.set(text, name);
  }
  const refer = (parameter: Node): Node => {
    const name = names.get(JSON.stringify(parameter));
    return name === undefined ? parameter : reference('parameters', name);
  };
  return Object.fromEntries(
    Object.entries(paths).map(([path, operations]) => [
      path,
      Object.fromEntries(
        Object.entries(operations).map(([method, operation]) => [
          method,
          Array.isArray(operation.parameters)
            ? { ...operation, parameters: operation.parameters.map(refer) }
            : operation,
        ]),
      ),
    ]),
  );
}
