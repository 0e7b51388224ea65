import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv, { type ValidateFunction } from 'ajv';
import { parse } from 'yaml';

type Schema = { [field: string]: unknown };

/**
 * The validator of a custom resource, by the schema of its definition. Unknown fields are problems: the API server
 * drops them, so a misspelled field would have no effect.
 * @param file a CustomResourceDefinition in the folder `schemas`
 */
export function customResourceValidator(file: string, version: string): ValidateFunction {
  const definition = parse(readFileSync(join(import.meta.dirname, 'schemas', file), 'utf8'));
  const found = definition.spec.versions.find(({ name }: { name: string }) => name === version);
  if (found === undefined) throw new Error(`${file} has no version ${version}.`);
  const schema = closed(found.schema.openAPIV3Schema) as Schema;
  // The definition leaves metadata to Kubernetes; `validateManifest` checks the name.
  (schema.properties as Schema).metadata = { type: 'object' };
  return new Ajv.default({ strict: false, validateFormats: false, allErrors: true }).compile(schema);
}

/** The schema without unknown fields, in every object that lists its fields. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const copy: Schema = Object.fromEntries(
    Object.entries(schema).map(([name, value]) => [name, closed(value)]),
  );
  const lists = typeof copy.properties === 'object' && copy.type === 'object';
  const open = 'additionalProperties' in copy || copy['x-kubernetes-preserve-unknown-fields'] === true;
  return lists && !open ? { ...copy, additionalProperties: false } : copy;
}
