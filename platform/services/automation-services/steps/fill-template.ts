import { StepFailure } from '../../../kit/service/step-failure.ts';

/** Values that placeholders in a step's configuration refer to. */
export interface TemplateValues {
  input: Readonly<Record<string, unknown>>;
  file: { id: string; name: string; content?: string | undefined } | undefined;
  /** Results of completed steps, by index. */
  results: ReadonlyMap<number, unknown>;
  /** Within a loop: the item and its place, from 0. */
  loop?: { item: unknown; index: number } | undefined;
}

/** Maximum length of a filled text, characters. */
export const maxTextLength = 1_000_000;

// A placeholder has no spaces and no quotes, so the braces of JSON in a text are not replaced.
const placeholder =
  /\{(filename|content|file_id|input|loop_item|loop_index|step_\d{1,3}_result)((?:\.[A-Za-z0-9_-]{1,100}){0,20})\}/g;
const onlyPlaceholder = new RegExp(`^${placeholder.source}$`);

/** Whether a text has a value only when the workflow runs. */
export function hasPlaceholder(text: string): boolean {
  return text.search(placeholder) !== -1;
}

function rootOf(name: string, values: TemplateValues): unknown {
  if (name === 'input') return values.input;
  if (name === 'loop_item' || name === 'loop_index') {
    if (values.loop === undefined) throw new StepFailure(`{${name}}: this step is not within for_each`);
    return name === 'loop_item' ? values.loop.item : values.loop.index;
  }
  const step = /^step_(\d+)_result$/.exec(name);
  if (step) {
    const index = Number(step[1]);
    if (!values.results.has(index)) throw new StepFailure(`{${name}}: step ${index} has no result`);
    return values.results.get(index);
  }
  if (values.file === undefined) throw new StepFailure(`{${name}}: this execution has no file`);
  if (name === 'filename') return values.file.name;
  if (name === 'file_id') return values.file.id;
  if (values.file.content === undefined)
    throw new StepFailure('{content}: the file has not been processed in this execution');
  return values.file.content;
}

/** Reads own properties only, never those of a prototype. */
function valueAt(root: unknown, path: string): unknown {
  let value = root;
  for (const key of path.split('.').slice(1)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return null;
    value = (value as Record<string, unknown>)[key];
  }
  return value ?? null;
}

function asText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function fillText(text: string, values: TemplateValues, encode: (inserted: string) => string): unknown {
  const only = onlyPlaceholder.exec(text);
  if (only) return valueAt(rootOf(only[1] as string, values), only[2] ?? '');
  const filled = text.replaceAll(placeholder, (_match, name: string, path: string) =>
    encode(asText(valueAt(rootOf(name, values), path))),
  );
  if (filled.length > maxTextLength)
    throw new StepFailure(`a text would be longer than ${maxTextLength} characters`);
  return filled;
}

export interface FillOptions {
  /** Top-level fields whose inserted text is percent-encoded, unless the field is one placeholder. */
  urlFields?: readonly string[];
  /** Top-level fields that are not filled in, such as expressions. */
  literalFields?: readonly string[];
}

/**
 * A copy of a step's configuration with its placeholders filled in, in one pass: inserted text is never filled in
 * again. Names of fields are not filled in.
 * @throws StepFailure when a placeholder refers to a result or file that this execution does not have
 */
export function fillTemplate(
  config: Readonly<Record<string, unknown>>,
  values: TemplateValues,
  { urlFields = [], literalFields = [] }: FillOptions = {},
): Record<string, unknown> {
  function fill(value: unknown, encode: (inserted: string) => string): unknown {
    if (typeof value === 'string') return fillText(value, values, encode);
    if (Array.isArray(value)) return value.map((one) => fill(one, encode));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fill(one, encode)]));
  }
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key,
      literalFields.includes(key)
        ? value
        : fill(value, urlFields.includes(key) ? encodeURIComponent : (inserted) => inserted),
    ]),
  );
}
