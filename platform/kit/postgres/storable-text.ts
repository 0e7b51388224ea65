/** The text without what PostgreSQL cannot store: NUL characters and unpaired surrogates. */
export function storableText(text: string): string {
  return text.replaceAll('\u0000', '').toWellFormed();
}

/** JSON whose texts PostgreSQL can store; `undefined` becomes null. */
export function storableJson(value: unknown): string {
  return JSON.stringify(value ?? null, (_key, part: unknown) =>
    typeof part === 'string' ? storableText(part) : part,
  );
}
