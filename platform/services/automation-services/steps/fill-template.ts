import { StepFailure } from '../../../kit/service/step-failure.ts';

/** What the text of a step's configuration may refer to. */
export interface TemplateValues {
  input: Readonly<Record<string, unknown>>;
  file: { id: string; name: string; content?: string | undefined } | undefined;
  /** Results by the step's index; steps that have not completed are absent. */
  results: ReadonlyMap<number, unknown>;
}

/** Most characters that one text may grow to. */
export const maxTextLength = 1_000_000;

// A placeholder has no spaces and no quotes, so the braces of JSON within a text are left alone.
const placeholder =
  /\{(filename|content|file_id|input|step_\d{1,3}_result)((?:\.[A-Za-z0-9_-]{1,100}){0,20})\}/g;
const onlyPlaceholder = new RegExp(`^${placeholder.source}$`);

/** Whether a text refers to something that is known only when a workflow runs. */
export function hasPlaceholder(text: string): boolean {
  return text.search(placeholder) !== -1;
}

function rootOf(name: string, values: TemplateValues): unknown {
  if (name === 'input') return values.input;
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

/** Own properties only: nothing of a value's prototype can be reached. */
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
    throw new StepFailure(`a text would grow past ${maxTextLength} characters`);
  return filled;
}

export interface FillOptions {
  urlFields?: readonly string[];
  asIsFields?: readonly string[];
}

/**
 * A copy of a step's configuration with its placeholders filled, in one pass: inserted text is never read again.
 * In the fields named in `urlFields`, on the top level, inserted text is percent-encoded unless it is all there is.
 * Fields named in `asIsFields`, such as expressions, stay as they are, and so do keys.
 * @throws StepFailure when a placeholder refers to what this execution does not have.
 */
export function fillTemplate(
  config: Readonly<Record<string, unknown>>,
  values: TemplateValues,
  { urlFields = [], asIsFields = [] }: FillOptions = {},
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
      asIsFields.includes(key)
        ? value
        : fill(value, urlFields.includes(key) ? encodeURIComponent : (inserted) => inserted),
    ]),
  );
}
