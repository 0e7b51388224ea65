/** The member that holds the readable text, by kind of cell, most specific first. */
const textMembers = [
  'name',
  'filename',
  'text',
  'label',
  'value',
  'error',
  'specialValue',
  'email',
  'id',
] as const;

/**
 * A cell as readable text: names of choices, people and files, the text of barcodes, labels of buttons, joined lists,
 * an empty text for an empty cell.
 */
export function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(cellText).join(', ');
  if (typeof value !== 'object') return String(value);
  const cell = value as Record<string, unknown>;
  // AI text that has not been generated yet has a null value.
  const member = textMembers.find((name) => name in cell);
  return member === undefined ? JSON.stringify(value) : cellText(cell[member]);
}

/** Whether a cell has no value. Airtable omits empty cells; false and 0 are values. */
export function isEmptyCell(value: unknown): boolean {
  return (
    value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
  );
}
