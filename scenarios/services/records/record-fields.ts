/** How to fix wrong values of records. */
export const remediation = {
  text: 'embedded/records of airtable-gateway reads and writes records; formula/ has the filters. The evidence has each request.',
  effort: 'days',
} as const;

/** A number field. @param precision decimal places */
export const number = (precision: number) => ({ type: 'number', options: { precision } });
export const choices = { choices: [{ name: 'Low' }, { name: 'Mid' }, { name: 'High' }] };

/** Fields of the most used types, which lists are filtered and sorted by. */
export const fields = [
  { name: 'Name', type: 'singleLineText' },
  { name: 'Count', ...number(0) },
  { name: 'Price', ...number(2) },
  { name: 'Done', type: 'checkbox', options: { icon: 'check', color: 'greenBright' } },
  { name: 'Day', type: 'date', options: { dateFormat: { name: 'iso' } } },
  { name: 'Level', type: 'singleSelect', options: choices },
];

/** Filters, and the names of the rows that each must find. */
export const formulas = {
  '{Count}=9': 'ab',
  '{Count}>9': 'dc',
  'NOT({Done})': 'abe',
  "AND({Level}='Low',{Price}<0)": 'a',
  "OR({Name}='e',{Name}='c')": 'ce',
  "IS_BEFORE({Day},'2026-01-01')": 'ab',
  'LEN({Name}&{Count})>3': 'c',
  'ROUND({Price},0)=11': 'c',
  "FIND('d',{Name})": 'd',
  '{Count}=BLANK()': 'e',
} as const;
