import type { FieldDefinition } from '../../../contracts/airtable-gateway/metadata.ts';

const statuses = ['Todo', 'In progress', 'Waiting', 'Done'] as const;

/** The fields of a measured table: eight of text, and one of each other kind. */
export const fieldDefinitions = [
  { name: 'Name', type: 'singleLineText' },
  { name: 'Email', type: 'email' },
  { name: 'City', type: 'singleLineText' },
  { name: 'Company', type: 'singleLineText' },
  { name: 'Street', type: 'singleLineText' },
  { name: 'Country', type: 'singleLineText' },
  { name: 'Phone', type: 'phoneNumber' },
  { name: 'Website', type: 'url' },
  { name: 'Amount', type: 'number', options: { precision: 2 } },
  { name: 'Due', type: 'date', options: { dateFormat: { name: 'iso' } } },
  { name: 'Status', type: 'singleSelect', options: { choices: statuses.map((name) => ({ name })) } },
  { name: 'Paid', type: 'checkbox', options: { icon: 'check', color: 'greenBright' } },
  { name: 'Notes', type: 'multilineText' },
] as const satisfies readonly FieldDefinition[];

/** Computed by the service for every record: no table stores it. */
export const formulaDefinition = {
  name: 'Label',
  type: 'formula',
  options: { formula: '{City} & ", " & {Name}' },
} as const satisfies FieldDefinition;

export type FieldName = (typeof fieldDefinitions)[number]['name'] | typeof formulaDefinition.name;

/** Ids by name. */
export type FieldIds = Readonly<Record<FieldName, string>>;
