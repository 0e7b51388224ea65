/** A cell as text a person reads: names of choices and files, lists joined, nothing for an empty cell. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(cellText).join(', ');
  if (typeof value === 'object') {
    const { name, filename, email, id } = value as Record<string, unknown>;
    return String(name ?? filename ?? email ?? id ?? JSON.stringify(value));
  }
  return String(value);
}

/** Airtable leaves empty cells out; false and 0 are values. */
export function isEmptyCell(value: unknown): boolean {
  return (
    value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
  );
}
