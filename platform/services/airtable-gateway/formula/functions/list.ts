import { equalValues } from '../compare-values.ts';
import { flatten, isEmpty, type Scalar, toInteger, toList, toText } from '../value.ts';
import { any, type FunctionDefinition } from './function-definition.ts';

function unique(items: readonly Scalar[]): Scalar[] {
  const seen = new Map<string, Scalar>();
  for (const item of items) {
    const key = `${typeof item}:${toText(item)}`;
    if (!seen.has(key)) seen.set(key, item);
  }
  return [...seen.values()];
}

function onItems(name: string, apply: (items: readonly Scalar[]) => readonly Scalar[]): FunctionDefinition {
  return {
    name,
    arity: [1, any],
    apply(args, evaluation) {
      const items = flatten(args);
      evaluation.allowList(items.length);
      return apply(items);
    },
  };
}

export const listFunctions: readonly FunctionDefinition[] = [
  {
    name: 'ARRAYJOIN',
    arity: [1, 2],
    apply([list = null, separator], evaluation) {
      const between = separator === undefined ? ', ' : toText(separator);
      const texts = flatten(toList(list)).map(toText);
      evaluation.allowText(texts.reduce((length, text) => length + text.length + between.length, 0));
      return texts.join(between);
    },
  },
  onItems('ARRAYUNIQUE', unique),
  onItems('ARRAYCOMPACT', (items) => items.filter((item) => !isEmpty(item))),
  onItems('ARRAYFLATTEN', (items) => items),
  {
    name: 'ARRAYSLICE',
    arity: [2, 3],
    apply([list = null, start = null, end], evaluation) {
      const items = toList(list);
      evaluation.allowList(items.length);
      const from = toInteger(start);
      const first = from > 0 ? from - 1 : from;
      if (end === undefined || isEmpty(end)) return items.slice(first);
      const to = toInteger(end);
      // A negative end counts from the end of the list and is inclusive, like a positive one.
      return to < 0 ? items.slice(first, items.length + to + 1) : items.slice(first, to);
    },
  },
  {
    name: 'ARRAYCONTAINS',
    arity: [2, 2],
    apply: ([list = null, wanted = null]) => flatten([list]).some((item) => equalValues(item, wanted)),
  },
];
