/** A JSON Schema as OpenAPI documents write it. Only the keywords that decide about fields are named. */
interface Schema {
  $ref?: string;
  type?: string | readonly string[];
  properties?: Readonly<Record<string, Schema>>;
  additionalProperties?: boolean | Schema;
  items?: Schema;
  prefixItems?: readonly Schema[];
  allOf?: readonly Schema[];
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  enum?: unknown;
  const?: unknown;
}

/** Stands for every element of a list, every key of a map, and for any JSON value. */
export const anyElement = '[]';
export const anyKey = '*';
export const anything = '**';

const separator = '.';

const isScalar = ({ type, enum: values, const: value }: Schema): boolean =>
  values !== undefined ||
  value !== undefined ||
  (type !== undefined && [type].flat().every((one) => one !== 'object' && one !== 'array'));

/**
 * The fields that a schema allows, as sorted paths: `user.email`, `records[].id` as `records.[].id`, `labels.*` for a map
 * with any keys, `payload.**` for any JSON value. A scalar has the path of its field.
 * @param find returns what a `$ref` names
 */
export function fieldsOf(schema: unknown, find: (reference: string) => unknown): string[] {
  const fields = new Set<string>();
  const visit = (one: Schema, path: readonly string[], depth: number): void => {
    const add = (...more: string[]) => fields.add([...path, ...more].join(separator));
    if (depth > 40) {
      add(anything);
      return;
    }
    const next = (child: Schema, ...more: string[]) => visit(child, [...path, ...more], depth + 1);
    if (one.$ref !== undefined) {
      next(find(one.$ref) as Schema);
      return;
    }
    const parts = [...(one.allOf ?? []), ...(one.anyOf ?? []), ...(one.oneOf ?? [])];
    for (const part of parts) next(part);
    if (path.length > 0 && (isScalar(one) || [one.type].flat().includes('null'))) add();
    for (const [name, child] of Object.entries(one.properties ?? {})) next(child, name);
    for (const child of [...(one.prefixItems ?? []), ...(one.items === undefined ? [] : [one.items])])
      next(child, anyElement);
    if (typeof one.additionalProperties === 'object') {
      const isAny = Object.keys(one.additionalProperties).length === 0;
      if (isAny) add(anyKey, anything);
      else next(one.additionalProperties, anyKey);
    } else if (one.additionalProperties === true) add(anyKey, anything);
    else if (one.type === 'object' && one.properties === undefined && one.additionalProperties === undefined)
      add(anything);
    else if (one.type === 'array' && one.items === undefined && one.prefixItems === undefined) add(anything);
    else if (one.type === undefined && parts.length === 0 && one.properties === undefined && !isScalar(one))
      add(anything);
  };
  visit((schema ?? {}) as Schema, [], 0);
  return [...fields].toSorted();
}

/** Approved fields in a form in which a value can be looked up. */
export class FieldTree {
  readonly #children = new Map<string, FieldTree>();

  static of(fields: readonly string[]): FieldTree {
    const root = new FieldTree();
    for (const field of fields) {
      let node = root;
      for (const part of field.split(separator)) {
        const child = node.#children.get(part) ?? new FieldTree();
        node.#children.set(part, child);
        node = child;
      }
    }
    return root;
  }

  /**
   * Whether a value may stand at a path.
   * @param path names of fields, and `[]` for an element of a list
   */
  allows(path: readonly string[]): boolean {
    if (path.length === 0 || this.#children.has(anything)) return true;
    const [first, ...rest] = path as [string, ...string[]];
    const candidates = first === anyElement ? [anyElement] : [first, anyKey];
    return candidates.some((name) => this.#children.get(name)?.allows(rest) === true);
  }
}
