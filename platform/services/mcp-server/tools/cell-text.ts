/** A cell as readable text: names of choices and files, joined lists, an empty text for an empty cell. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(cellText).join(', ');
  if (typeof value === 'object') {
    const { name, filename, email, id } = value as Record<string, unknown>;
    return String(name ?? filename ?? email ?? id ?? JSON.stringify(value));
  }
  return String(value);
}

/** Whether a cell has no value. Airtable omits empty cells; false and 0 are values. */
export function isEmptyCell(value: unknown): boolean {
  return (
    value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
  );
}
