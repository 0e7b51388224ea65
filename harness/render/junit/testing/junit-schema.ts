import { readFileSync } from 'node:fs';
import { Parser } from 'saxen';

/** Path of Jenkins' schema, as jenkinsci/xunit-plugin publishes it. */
export const schemaFile = `${import.meta.dirname}/junit-10.xsd`;

interface Element {
  name: string;
  attributes: Readonly<Record<string, string>>;
  children: Element[];
  text: string;
}

/** What the schema says about one element. */
interface Rule {
  /** Types of the attributes by name. */
  attributes: ReadonlyMap<string, { type: string; required: boolean }>;
  /** Names of the child elements; their order is free in this schema. */
  children: ReadonlySet<string>;
  /** Whether it may contain text. */
  text: boolean;
}

function parseXml(text: string): Element {
  const document: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [document];
  const parser = new Parser();
  parser.on('openTag', (name: string, attributes: () => Record<string, string>) => {
    const element: Element = { name, attributes: { ...attributes() }, children: [], text: '' };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('closeTag', () => open.pop());
  parser.on('text', (value: string) => {
    const element = open.at(-1);
    if (element) element.text += value;
  });
  parser.on('error', (error: Error) => {
    throw error;
  });
  parser.parse(text);
  const [root] = document.children;
  if (root === undefined || document.children.length !== 1) throw new Error('not one root element');
  return root;
}

const all = (element: Element, name: string): Element[] =>
  element.children.flatMap((child) => [...(child.name === name ? [child] : []), ...all(child, name)]);

/** Reads the parts of XML Schema that Jenkins' schema uses, and rejects any other. */
function readSchema(): { rules: ReadonlyMap<string, Rule>; patterns: ReadonlyMap<string, RegExp> } {
  const schema = parseXml(readFileSync(schemaFile, 'utf8'));
  const patterns = new Map(
    schema.children
      .filter(({ name }) => name === 'xs:simpleType')
      .map((type) => [
        type.attributes.name ?? '',
        new RegExp(`^(?:${all(type, 'xs:pattern')[0]?.attributes.value})$`),
      ]),
  );
  const types = new Map(
    schema.children
      .filter(({ name }) => name === 'xs:complexType')
      .map((type) => [type.attributes.name ?? '', type]),
  );
  const rules = schema.children
    .filter(({ name }) => name === 'xs:element')
    .map(({ attributes, children }): [string, Rule] => {
      const type = children[0] ?? types.get(attributes.type ?? '');
      if (type === undefined) {
        if (attributes.type !== 'xs:string') throw new Error(`unknown type of ${attributes.name}`);
        return [attributes.name ?? '', { attributes: new Map(), children: new Set(), text: true }];
      }
      return [
        attributes.name ?? '',
        {
          attributes: new Map(
            all(type, 'xs:attribute').map(({ attributes: given }) => [
              given.name ?? '',
              { type: given.type ?? '', required: given.use === 'required' },
            ]),
          ),
          children: new Set(
            all(type, 'xs:element').map(({ attributes: given }) => given.ref ?? given.name ?? ''),
          ),
          text: type.attributes.mixed === 'true',
        },
      ];
    });
  return { rules: new Map(rules), patterns };
}

const schema = readSchema();

/** How a document violates the schema; empty when it is valid. */
export function violationsOf(xml: string): string[] {
  const violations = new Set<string>();
  const visit = ({ name, attributes, children, text }: Element): void => {
    const rule = schema.rules.get(name);
    if (rule === undefined) {
      violations.add(`unknown element ${name}`);
      return;
    }
    if (!rule.text && text.trim() !== '') violations.add(`text in ${name}`);
    for (const [key, value] of Object.entries(attributes)) {
      const attribute = rule.attributes.get(key);
      if (attribute === undefined) violations.add(`${name}/@${key}`);
      else if (schema.patterns.get(attribute.type)?.test(value) === false)
        violations.add(`${name}/@${key} ${value}`);
    }
    for (const [key, { required }] of rule.attributes)
      if (required && !Object.hasOwn(attributes, key)) violations.add(`${name} without @${key}`);
    for (const child of children) {
      if (rule.children.has(child.name)) visit(child);
      else violations.add(`${name}/${child.name}`);
    }
  };
  visit(parseXml(xml));
  return [...violations];
}

/** The elements and attributes of the schema, to show that all of it was read. */
export const schemaSize = {
  elements: schema.rules.size,
  attributes: [...schema.rules.values()].reduce((sum, { attributes }) => sum + attributes.size, 0),
};
