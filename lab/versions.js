const { compare } = new Intl.Collator('en', { numeric: true });

/**
 * Whether a kernel is one of the version asked for: 6.1.176 is a 6.1, and 6.12 is none.
 * @param {string} own
 * @param {string} wanted
 */
export function isOfVersion(own, wanted) {
  return own.startsWith(wanted) && !/^\d/.test(own.slice(wanted.length));
}

/**
 * The newest of the names that carry a version, of the one asked for if there is one.
 * @param {readonly string[]} names
 * @param {RegExp} pattern its first group is the version
 * @param {string | undefined} wanted
 */
export function newest(names, pattern, wanted) {
  return names
    .filter((name) => {
      const own = pattern.exec(name)?.[1];
      return own !== undefined && (wanted === undefined || isOfVersion(own, wanted));
    })
    .sort(compare)
    .at(-1);
}

/**
 * @param {string} one
 * @param {string} other
 */
export function isNewer(one, other) {
  return compare(one, other) > 0;
}
