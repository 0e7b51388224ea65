type Schemas = Record<string, unknown>;

const prefix = '#/components/schemas/';
const outputSuffix = 'Output';

/**
 * Tidies the schemas that zod-openapi makes components of. It writes a schema twice, the second time as `…Output`, when
 * requests and responses use it or when another schema contains it, and it keeps schemas that nothing refers to.
 * Generators would make a type of each. Equal schemas become one, unused ones are removed, and schemas without a name of
 * ours (`__schema0`) move to the place that refers to them.
 */
export function tidySchemas<T extends { components?: { schemas?: Schemas } }>(document: T): T {
  let text = withoutUnnamed(document);
  for (let before = ''; before !== text; ) {
    before = text;
    text = JSON.stringify(tidyOnce(JSON.parse(text) as T));
  }
  return JSON.parse(text) as T;
}

function withoutUnnamed(document: { components?: { schemas?: Schemas } }): string {
  return Object.entries(document.components?.schemas ?? {})
    .filter(([name]) => name.startsWith('__schema'))
    .reduce(
      (text, [name, schema]) => text.replaceAll(`{"$ref":"${prefix}${name}"}`, () => JSON.stringify(schema)),
      JSON.stringify(document),
    );
}

function tidyOnce<T extends { components?: { schemas?: Schemas } }>(document: T): T {
  const text = JSON.stringify(document);
  const schemas = document.components?.schemas ?? {};
  const isUsed = (name: string): boolean => text.includes(`"${prefix}${name}"`);
  const used = Object.entries(schemas).filter(([name]) => isUsed(name));
  const names = new Set(used.map(([name]) => name));
  const renamed = new Map<string, string>();
  const kept = new Map<string, unknown>();
  for (const [name, schema] of used) {
    const plain = name.endsWith(outputSuffix) ? name.slice(0, -outputSuffix.length) : name;
    const isCopy = names.has(plain) && JSON.stringify(schemas[plain]) === JSON.stringify(schema);
    const newName = isCopy || !names.has(plain) ? plain : name;
    if (newName !== name) renamed.set(name, newName);
    kept.set(newName, schema);
  }
  const tidied = { ...document, components: { ...document.components, schemas: Object.fromEntries(kept) } };
  return JSON.parse(
    JSON.stringify(tidied).replaceAll(/"#\/components\/schemas\/([^"]+)"/g, (reference, name: string) => {
      const newName = renamed.get(name);
      return newName === undefined ? reference : `"${prefix}${newName}"`;
    }),
  ) as T;
}
