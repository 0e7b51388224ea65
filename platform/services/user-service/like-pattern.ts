/** A LIKE pattern that matches `text` anywhere; `%`, `_` and `\` in it have no special meaning. */
export function likePattern(text: string): string {
  return `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
}
