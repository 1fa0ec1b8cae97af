import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './prepare.js';

/**
 * @typedef {object} Entry
 * @property {string} name as it is imported
 * @property {string} file its declarations
 * @property {string} source what they are compiled from
 */

/** @returns {Entry[]} the entry points that package.json names */
export function apiEntries() {
  const { name, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return Object.entries(exports).flatMap(([path, { types }]) =>
    types === undefined
      ? []
      : [
          {
            name: join(name, path),
            file: join(root, types),
            source: join(root, types.replace('dist', 'lib').replace('.d.ts', '.ts')),
          },
        ],
  );
}
