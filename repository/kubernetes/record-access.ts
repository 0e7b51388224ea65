export interface Access {
  /** Behaves like the value, and records which of its fields are read. */
  observed: object;
  /** Paths of the fields that nobody has read, e.g. `spec.template.spec.contaners`. */
  untouched(): string[];
}

/**
 * Records which fields of a value a validator reads. Kubernetes' schemas allow unknown fields, so a misspelled one
 * passes them. A field that the compiled schema does not read is one that it does not know.
 */
export function recordAccess(value: object): Access {
  const read = new Map<object, Set<string>>();
  const observe = (target: object): object => {
    const names = read.get(target) ?? new Set();
    read.set(target, names);
    return new Proxy(target, {
      get(object, name, receiver) {
        const found: unknown = Reflect.get(object, name, receiver);
        if (typeof name === 'string') names.add(name);
        return typeof found === 'object' && found !== null ? observe(found) : found;
      },
    });
  };
  const untouchedIn = (target: unknown, path: string): string[] => {
    if (typeof target !== 'object' || target === null) return [];
    const names = read.get(target);
    // The schema leaves this value open.
    if (names === undefined || (names.size === 0 && !Array.isArray(target))) return [];
    return Object.entries(target).flatMap(([name, child]) => {
      const at = Array.isArray(target) ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`;
      return names.has(name) ? untouchedIn(child, at) : [at];
    });
  };
  return { observed: observe(value), untouched: () => untouchedIn(value, '') };
}
