// Writes test/snapshots/api, what each entry point of the package exports: npm run api -- --update. Without --update it says
// whether that is still so; with --print it prints what there is now. It reads the declarations in dist/, as a user's compiler does.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { apiEntries } from './entries.js';
import { program as binary, root, run } from './prepare.js';

const folder = join(root, 'test', 'snapshots', 'api');

/**
 * What entry points export, in one text each: names in the order of the alphabet, with their declarations, and below
 * these what they are made of and nobody can import.
 * @param {readonly { name: string, file: string }[]} entries of which later ones may show what earlier ones export
 * @returns {Map<string, string>} by name
 */
export function apiReports(entries) {
  const program = ts.createProgram(
    entries.map(({ file }) => file),
    {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.NodeNext,
      lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
      types: ['node'],
    },
  );
  /** @type {Map<ts.Symbol, string>} what was shown already, and where */
  const shown = new Map();
  return new Map(entries.map(({ name, file }) => [name, reportOf(program, name, file, shown)]));
}

/**
 * @param {ts.Program} program
 * @param {string} name
 * @param {string} file
 * @param {Map<ts.Symbol, string>} shown
 */
function reportOf(program, name, file, shown) {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${file} is not a module; has it been compiled?`);
  const exported = checker.getExportsOfModule(module).sort(byName);
  const symbols = exported.map((each) => resolved(checker, each));
  const lines = [
    `# ${name}`,
    '',
    'Made by `npm run api -- --update`. A change here is a change for users: see `docs/stability.md`.',
    '',
    '```ts',
  ];
  for (const [index, symbol] of symbols.entries()) {
    const place = shown.get(symbol);
    if (place === undefined) lines.push(...declarationsOf(symbol, isOnlyType(exported[index])));
    else lines.push(`// ${exported[index]?.name}: as in ${place}`, '');
    shown.set(symbol, place ?? name);
  }
  const reached = reachedFrom(checker, symbols, shown);
  if (reached.length > 0) lines.push('// Cannot be imported; the above is made of it.', '');
  for (const symbol of reached) lines.push(...declarationsOf(symbol, true));
  return `${lines.join('\n').trimEnd()}\n\`\`\`\n`;
}

/**
 * @param {ts.Symbol} one
 * @param {ts.Symbol} other
 */
function byName(one, other) {
  if (one.name === other.name) return 0;
  return one.name < other.name ? -1 : 1;
}

/**
 * @param {ts.TypeChecker} checker
 * @param {ts.Symbol} symbol
 */
function resolved(checker, symbol) {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

/** @param {ts.Symbol | undefined} symbol one that a module exports */
function isOnlyType(symbol) {
  const [declaration] = symbol?.declarations ?? [];
  return (
    declaration !== undefined &&
    ts.isExportSpecifier(declaration) &&
    ts.isTypeOnlyExportDeclaration(declaration)
  );
}

const printer = ts.createPrinter({ removeComments: true });

/**
 * @param {ts.Symbol} symbol
 * @param {boolean} isType
 * @returns {string[]} lines
 */
function declarationsOf(symbol, isType) {
  const texts = (symbol.declarations ?? []).map((declaration) => {
    // The declaration of a variable has its `const` two nodes up.
    const node = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
    const text = printer.printNode(
      ts.EmitHint.Unspecified,
      withoutPrivate(node),
      declaration.getSourceFile(),
    );
    return text.replace(/^(?:export |declare )+/, '');
  });
  const isClass = symbol.flags & ts.SymbolFlags.Class;
  return [...(isClass && isType ? ['// Its type alone:'] : []), ...texts, ''];
}

/**
 * A class without what is its own affair, but for a constructor that nobody may call.
 * @param {ts.Node} node
 */
function withoutPrivate(node) {
  if (!ts.isClassDeclaration(node)) return node;
  const members = node.members.filter(
    (member) =>
      ts.isConstructorDeclaration(member) ||
      !(
        (member.name !== undefined && ts.isPrivateIdentifier(member.name)) ||
        ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Private
      ),
  );
  const { modifiers, name, typeParameters, heritageClauses } = node;
  return ts.factory.updateClassDeclaration(
    node,
    modifiers,
    name,
    typeParameters,
    heritageClauses,
    members,
  );
}

/**
 * What declarations name that is the package's own and was not shown yet, and what that names in turn.
 * @param {ts.TypeChecker} checker
 * @param {readonly ts.Symbol[]} symbols
 * @param {ReadonlyMap<ts.Symbol, string>} shown
 * @returns {ts.Symbol[]} in the order of their names
 */
function reachedFrom(checker, symbols, shown) {
  /** @type {Set<ts.Symbol>} */
  const reached = new Set();
  /** @param {ts.Node} node */
  const look = (node) => {
    if (ts.isIdentifier(node)) {
      const found = checker.getSymbolAtLocation(node);
      if (found !== undefined) add(resolved(checker, found));
    }
    ts.forEachChild(node, look);
  };
  /** @param {ts.Symbol} symbol */
  const add = (symbol) => {
    if (shown.has(symbol) || reached.has(symbol) || !isOwn(symbol)) return;
    reached.add(symbol);
    lookInto(symbol);
  };
  /** @param {ts.Symbol} symbol */
  const lookInto = (symbol) => {
    for (const declaration of symbol.declarations ?? []) look(withoutPrivate(declaration));
  };
  for (const symbol of symbols) lookInto(symbol);
  return [...reached].sort(byName);
}

/** @param {ts.Symbol} symbol whether it stands in a file of the package, by itself */
function isOwn({ declarations: [declaration] = [] }) {
  if (declaration === undefined || ts.isTypeParameterDeclaration(declaration)) return false;
  const { parent } = declaration;
  const { fileName } = declaration.getSourceFile();
  return (
    !fileName.includes('/node_modules/') &&
    (ts.isSourceFile(parent) || ts.isVariableDeclarationList(parent))
  );
}

/** @param {readonly string[]} options */
function main(options) {
  if (!options.includes('--print')) run(binary('tsc'), ['-p', 'tsconfig.build.json']);
  const reports = [...apiReports(apiEntries())];
  if (options.includes('--print')) {
    process.stdout.write(JSON.stringify(Object.fromEntries(reports)));
    return;
  }
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of reports) {
    const file = join(folder, `${name.replaceAll('/', '-')}.md`);
    if (options.includes('--update')) {
      writeFileSync(file, text);
    } else if (readFileSync(file, 'utf8') !== text) {
      console.error(`${basename(file)} is not what there is: npm run api -- --update`);
      process.exitCode = 1;
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2));
