import { attachmentKind } from './attachment-kind.ts';
import { multipleSelectsKind, singleSelectKind } from './choice-kinds.ts';
import { multipleCollaboratorsKind, singleCollaboratorKind } from './collaborator-kinds.ts';
import { dateKind, dateTimeKind } from './date-kinds.ts';
import type { FieldKind } from './field-kind.ts';
import {
  checkboxKind,
  currencyKind,
  durationKind,
  percentKind,
  plainNumberKind,
  ratingKind,
} from './number-kinds.ts';
import { barcodeKind, textKind } from './text-kinds.ts';

/** Types whose values are stored in the record itself. Links and computed types are handled where records are read. */
export const fieldKinds = {
  singleLineText: textKind,
  multilineText: textKind,
  richText: textKind,
  email: textKind,
  url: textKind,
  phoneNumber: textKind,
  number: plainNumberKind,
  currency: currencyKind,
  percent: percentKind,
  duration: durationKind,
  rating: ratingKind,
  checkbox: checkboxKind,
  date: dateKind,
  dateTime: dateTimeKind,
  singleSelect: singleSelectKind,
  multipleSelects: multipleSelectsKind,
  multipleAttachments: attachmentKind,
  barcode: barcodeKind,
  singleCollaborator: singleCollaboratorKind,
  multipleCollaborators: multipleCollaboratorsKind,
} as const satisfies Record<string, FieldKind>;

export type PlainFieldType = keyof typeof fieldKinds;

/** The kind of a plain field; undefined for links and computed types. */
export function kindOf(type: string): FieldKind | undefined {
  return Object.hasOwn(fieldKinds, type) ? fieldKinds[type as PlainFieldType] : undefined;
}

/** Types whose values are computed and cannot be written. */
export const computedTypes = [
  'formula',
  'autoNumber',
  'createdTime',
  'lastModifiedTime',
  'createdBy',
  'lastModifiedBy',
  'count',
  'multipleLookupValues',
  'rollup',
] as const;

export function isComputed(type: string): boolean {
  return (computedTypes as readonly string[]).includes(type);
}
