// Writes schema/document.schema.json, the JSON Schema of documents: its fields and their ranges are those that the checks
// use, its words those of the types' documentation. With --print it is printed instead.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { documentSchema } from '#lib/declarative/document/schema.js';
import { root } from './prepare.js';

/**
 * What the documentation says of each type and field: `Document`, `Document.vips`, `Document.defaults.weight`.
 * @type {Map<string, string>}
 */
const words = new Map();

for (const name of readdirSync(join(root, 'types'))) {
  const text = readFileSync(join(root, 'types', name), 'utf8');
  ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true).forEachChild((node) => {
    if (ts.isInterfaceDeclaration(node)) collect(node.name.text, node, node.members);
    else if (ts.isTypeAliasDeclaration(node)) collect(node.name.text, node, []);
  });
}

/**
 * @param {string} name
 * @param {ts.Node} node
 * @param {Iterable<ts.TypeElement>} members
 */
function collect(name, node, members) {
  const comment = ts.getJSDocCommentsAndTags(node).find(ts.isJSDoc)?.comment;
  if (comment !== undefined) words.set(name, plainText(ts.getTextOfJSDocComment(comment) ?? ''));
  for (const member of members) {
    if (!ts.isPropertySignature(member) || !ts.isIdentifier(member.name)) continue;
    const inner = member.type !== undefined && ts.isTypeLiteralNode(member.type);
    collect(`${name}.${member.name.text}`, member, inner ? member.type.members : []);
  }
}

/** @param {string} text */
function plainText(text) {
  return text
    .replaceAll(/\{@link\s+([^}]+?)\s*\}/g, '`$1`')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/**
 * The schema with descriptions in place of the names of what describes it.
 * @param {unknown} schema
 * @returns {unknown}
 */
function described(schema) {
  if (Array.isArray(schema)) return schema.map(described);
  if (typeof schema !== 'object' || schema === null) return schema;
  /** @type {Record<string, unknown>} */
  const result = {};
  for (const [name, value] of Object.entries(schema)) {
    if (name !== 'doc') result[name] = described(value);
    else result['description'] = describe(/** @type {readonly string[]} */ (value));
  }
  return result;
}

/** @param {readonly string[]} names of types and fields, at least one of which is documented */
function describe(names) {
  const texts = names.map((name) => words.get(name)).filter((text) => text !== undefined);
  if (texts.length === 0) throw new Error(`types/ says nothing of ${names.join(' and ')}`);
  return texts.join(' ');
}

const text = `${JSON.stringify(described(documentSchema), null, 2)}\n`;
if (process.argv.includes('--print')) {
  process.stdout.write(text);
} else {
  mkdirSync(join(root, 'schema'), { recursive: true });
  writeFileSync(join(root, 'schema', 'document.schema.json'), text);
}
