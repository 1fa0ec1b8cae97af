import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/**
 * @typedef {object} Link
 * @property {string} page where it stands, by path from the folder
 * @property {string} link as it is written
 */

/**
 * Links of a folder of pages that lead nowhere: to files that are not there, out of the folder, or to places that a page does not
 * have. Links to other hosts are not followed.
 * @param {string} folder
 * @returns {Link[]}
 */
export function brokenLinks(folder) {
  const pages = filesOf(folder).filter((file) => /\.(?:html|svg)$/.test(file));
  /** @type {Map<string, Set<string>>} the places of each page */
  const places = new Map(pages.map((page) => [page, placesOf(readFileSync(page, 'utf8'))]));
  return pages.flatMap((page) =>
    linksOf(readFileSync(page, 'utf8'))
      .filter((link) => !leads(folder, page, link, places))
      .map((link) => ({ page: relative(folder, page), link })),
  );
}

/**
 * @param {string} folder
 * @param {string} page
 * @param {string} link
 * @param {ReadonlyMap<string, ReadonlySet<string>>} places
 */
function leads(folder, page, link, places) {
  if (/^(?:https?|mailto|data):/.test(link)) return true;
  const [path = '', place] = decodeURIComponent(link).split('#');
  const file = path === '' ? page : join(dirname(page), path.split('?')[0] ?? '');
  if (relative(folder, file).startsWith('..')) return false;
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return false;
  return place === undefined || place === '' || places.get(file)?.has(place) === true;
}

/** @param {string} html */
function linksOf(html) {
  return [...html.matchAll(/\s(?:href|src)="([^"]*)"/g)].map(([, link = '']) => unescaped(link));
}

/** @param {string} html */
function placesOf(html) {
  return new Set(
    [...html.matchAll(/\s(?:id|name)="([^"]*)"/g)].map(([, place = '']) => unescaped(place)),
  );
}

/** @param {string} text of an attribute */
function unescaped(text) {
  return text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function filesOf(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
