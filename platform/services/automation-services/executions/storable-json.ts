/** A text without what PostgreSQL cannot store: NUL, and halves of surrogate pairs. */
export function storableText(text: string): string {
  return text.replaceAll('\u0000', '').toWellFormed();
}

/** JSON whose texts PostgreSQL can store; nothing becomes null. */
export function storableJson(value: unknown): string {
  return JSON.stringify(value ?? null, (_key, one) => (typeof one === 'string' ? storableText(one) : one));
}
